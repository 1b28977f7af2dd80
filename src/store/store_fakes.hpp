#pragma once
// For tests: a disk that fails on command, a folder that goes away, and counts of what is left.

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"
#include "base/task_group.hpp"
#include "observe/log_fakes.hpp"
#include "store/staging.hpp"

namespace filegate::store {

inline std::size_t files_below(std::filesystem::path const& folder) {
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        count += entry.is_regular_file() ? 1 : 0;
    return count;
}

inline std::size_t open_descriptors() {
    std::filesystem::directory_iterator const entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// The real disk, on which the steps are counted from 1 and any of them can fail. Removing a name is
// no step: it is how others are undone.
class FaultyDisk final : public DiskCalls {
public:
    void fail_at(int step, int error) {
        steps_ = 0;
        failing_step_ = step;
        error_ = error;
    }
    // Runs `visit` on the worker that is about to do `step`.
    void visit_at(int step, std::function<void()> visit) {
        steps_ = 0;
        visited_step_ = step;
        visit_ = std::move(visit);
    }
    void move_at_most(std::size_t bytes) { bytes_max_ = bytes; }  // per read or write
    void interrupt_every_other_call(bool whether) { interrupts_ = whether; }
    void lack_rename_new() { lacks_rename_new_ = true; }
    int steps() const { return steps_; }

    int open(Path const& path, int flags, mode_t mode) override {
        return fails() ? -1 : DiskCalls::open(path, flags, mode);
    }
    ssize_t pwrite(int file, std::span<std::byte const> bytes, std::uint64_t offset) override {
        return fails() ? -1 : DiskCalls::pwrite(file, bytes.first(part(bytes.size())), offset);
    }
    ssize_t pread(int file, std::span<std::byte> into, std::uint64_t offset) override {
        return fails() ? -1 : DiskCalls::pread(file, into.first(part(into.size())), offset);
    }
    int fdatasync(int file) override { return fails() ? -1 : DiskCalls::fdatasync(file); }
    int fsync(int file) override { return fails() ? -1 : DiskCalls::fsync(file); }
    int stat(int file, struct stat& out) override {
        return fails() ? -1 : DiskCalls::stat(file, out);
    }
    int stat(Path const& path, struct stat& out) override {
        return fails() ? -1 : DiskCalls::stat(path, out);
    }
    int make_folder(Path const& path, mode_t mode) override {
        return fails() ? -1 : DiskCalls::make_folder(path, mode);
    }
    int rename(Path const& from, Path const& to) override {
        return fails() ? -1 : DiskCalls::rename(from, to);
    }
    int rename_new(Path const& from, Path const& to) override {
        if (lacks_rename_new_) {
            errno = EINVAL;
            return -1;
        }
        return fails() ? -1 : DiskCalls::rename_new(from, to);
    }
    int link(Path const& from, Path const& to) override {
        return fails() ? -1 : DiskCalls::link(from, to);
    }

private:
    bool fails() {
        auto const step = ++steps_;
        if (step == visited_step_) visit_();
        if (interrupts_ && step % 2 == 1) {
            errno = EINTR;
            return true;
        }
        errno = error_;
        return step == failing_step_;
    }
    std::size_t part(std::size_t bytes) const { return std::min(bytes, bytes_max_.load()); }

    std::atomic<int> steps_ = 0;
    std::atomic<int> failing_step_ = 0;
    std::atomic<int> error_ = 0;
    int visited_step_ = 0;
    std::function<void()> visit_;
    std::atomic<std::size_t> bytes_max_ = SIZE_MAX;
    std::atomic<bool> interrupts_ = false;
    std::atomic<bool> lacks_rename_new_ = false;
};

// The surroundings of a store: destroy `workers` to be sure that nothing is left to be done.
struct StoreSetup {
    ScratchFolder folder;
    SimLoop loop;
    FaultyDisk disk;
    observe::KeptLog log;
    std::unique_ptr<WorkerPool> workers = std::make_unique<WorkerPool>("test", 2);
    std::optional<StagingArea> staging_area{
        StagingArea::open(folder.path() / "data" / "staging", *workers, disk).value()};

    StagingArea& staging() { return *staging_area; }
};

inline Task<Done> joined(TaskGroup& group) {
    co_await group.join();
    co_return Done();
}

// Lets the other tasks of the loop have so many turns.
inline Task<int> turns(Executor& executor, int count) {
    for (int i = 0; i < count; ++i) {
        Completion<> turn;
        executor.post([&turn] { turn.complete(); });
        co_await turn;
    }
    co_return count;
}

}  // namespace filegate::store
