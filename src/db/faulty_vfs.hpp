#pragma once
// For tests: a file layer for SQLite that fails on demand.

#include <atomic>

#include <sqlite3.h>

namespace filegate::db {

// The system's file layer, whose writes, flushes and cuts can be made to fail. Flushes are counted
// but not made: no test cuts the power. One at a time; connections that use it go before it does.
class FaultyVfs {
public:
    static constexpr char const* name = "filegate-faulty";
    static constexpr int never = 1'000'000'000;

    FaultyVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
        vfs_.zName = name;
        vfs_.pNext = nullptr;
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.pAppData = this;
        vfs_.xOpen = open;
        sqlite3_vfs_register(&vfs_, 0);
    }
    ~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }
    FaultyVfs(FaultyVfs const&) = delete;
    FaultyVfs& operator=(FaultyVfs const&) = delete;

    // After `spared` more changes every change fails with SQLite's `code`, until heal() or until
    // `failures_left` have failed. The system is then said to have failed with `system_error`.
    struct Fault {
        int spared = 0;
        int code = SQLITE_FULL;
        int system_error = 0;
        int failures_left = never;
    };
    void arm(Fault fault) {
        code_ = fault.code;
        system_error_ = fault.system_error;
        failures_ = 0;
        failures_left_ = fault.failures_left;
        spared_ = fault.spared;
    }
    void heal() { spared_ = never; }
    int failures() const { return failures_; }  // since arm()
    int flushes() const { return flushes_; }

    void open_read_only() { opens_read_only_ = true; }

private:
    struct File {
        sqlite3_file base;
        FaultyVfs* vfs;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
    static sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }
    static sqlite3_io_methods const& methods(sqlite3_file* file) { return *real(file)->pMethods; }

    int next_change() {
        if (spared_.fetch_sub(1) > 0 || failures_left_.fetch_sub(1) <= 0) return SQLITE_OK;
        ++failures_;
        return code_;
    }

    static int open(sqlite3_vfs* vfs, char const* path, sqlite3_file* file, int flags, int* out) {
        auto& self = *static_cast<FaultyVfs*>(vfs->pAppData);
        auto& opened = of(file);
        opened.vfs = &self;
        opened.base.pMethods = nullptr;
        if (self.opens_read_only_) {
            flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        }
        auto const code = self.real_->xOpen(self.real_, path, opened.real(), flags, out);
        if (opened.real()->pMethods != nullptr) opened.base.pMethods = &io;
        return code;
    }
    static int control(sqlite3_file* f, int operation, void* argument) {
        if (operation == SQLITE_FCNTL_LAST_ERRNO) {
            *static_cast<int*>(argument) = of(f).vfs->system_error_;
            return SQLITE_OK;
        }
        return methods(f).xFileControl(real(f), operation, argument);
    }

    static int write(sqlite3_file* f, void const* from, int bytes, sqlite3_int64 offset) {
        auto const code = of(f).vfs->next_change();
        return code != SQLITE_OK ? code : methods(f).xWrite(real(f), from, bytes, offset);
    }
    static int sync(sqlite3_file* f, int) {
        ++of(f).vfs->flushes_;
        return of(f).vfs->next_change();
    }
    static int truncate(sqlite3_file* f, sqlite3_int64 bytes) {
        auto const code = of(f).vfs->next_change();
        return code != SQLITE_OK ? code : methods(f).xTruncate(real(f), bytes);
    }

    // Everything else goes to the system's layer as it is.
    template <auto method>
    struct Forward;
    template <class Answer, class... Arguments,
              Answer (*sqlite3_io_methods::*method)(sqlite3_file*, Arguments...)>
    struct Forward<method> {
        static Answer call(sqlite3_file* file, Arguments... arguments) {
            return (methods(file).*method)(real(file), arguments...);
        }
    };
    using M = sqlite3_io_methods;
    static constexpr M io{3,
                          Forward<&M::xClose>::call,
                          Forward<&M::xRead>::call,
                          write,
                          truncate,
                          sync,
                          Forward<&M::xFileSize>::call,
                          Forward<&M::xLock>::call,
                          Forward<&M::xUnlock>::call,
                          Forward<&M::xCheckReservedLock>::call,
                          control,
                          Forward<&M::xSectorSize>::call,
                          Forward<&M::xDeviceCharacteristics>::call,
                          Forward<&M::xShmMap>::call,
                          Forward<&M::xShmLock>::call,
                          Forward<&M::xShmBarrier>::call,
                          Forward<&M::xShmUnmap>::call,
                          Forward<&M::xFetch>::call,
                          Forward<&M::xUnfetch>::call};

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_;
    std::atomic<int> spared_ = never;
    std::atomic<int> failures_left_ = 0;
    std::atomic<int> failures_ = 0;
    std::atomic<int> flushes_ = 0;
    std::atomic<int> code_ = SQLITE_OK;
    std::atomic<int> system_error_ = 0;
    bool opens_read_only_ = false;
};

}  // namespace filegate::db
