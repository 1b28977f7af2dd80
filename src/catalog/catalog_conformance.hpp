#pragma once
// What every catalog must do. An implementation's test makes itself known with
//   INSTANTIATE_TEST_SUITE_P(name, CatalogConformance, ::testing::Values(CatalogKind{...}));
// The tests are in catalog_*_conformance_test.cpp.

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "catalog/catalog.hpp"

namespace filegate::catalog {

// A fresh, empty catalog and whatever it lies on.
class CatalogUnderTest {
public:
    virtual ~CatalogUnderTest() = default;
    virtual Catalog& catalog() = 0;
};

struct CatalogKind {
    std::string name;
    std::function<std::unique_ptr<CatalogUnderTest>()> make;
    friend void PrintTo(CatalogKind const& kind, std::ostream* out) { *out << kind.name; }
};

// Everything a record holds, in one line: to compare, and to read when a test fails.
std::string describe(WallTime time);
std::string describe(ProviderFileId const& id);
std::string describe(FileRecord const& file);
std::string describe(PlacementRecord const& placement);
std::string describe(IntentRecord const& intent);
std::string describe(QueuedDelivery const& delivery);
std::string describe(BreakerRecord const& breaker);
std::string describe(EventRecord const& event);
std::string describe(AuditRow const& row);
std::string describe(AuditPage const& page);
std::string describe(PurposeMemory const& memory);
std::string describe(RevocationRecord const& revocation);
std::string describe(QuotaRecord const& quota);
std::string describe(FileWithPlacements const& found);
std::string describe(AddedFile const& added);
std::string describe(DeletedFile const& deleted);
std::string describe(FilePage const& page);
inline std::string describe(std::string const& text) {
    return text;
}
inline std::string describe(bool value) {
    return value ? "yes" : "no";
}
inline std::string describe(std::uint64_t count) {
    return std::to_string(count);
}
template <class T>
std::string describe(std::vector<T> const& records) {
    std::string text = "[";
    for (auto const& record : records)
        text += "\n  " + describe(record);
    return text + "]";
}
template <class T>
std::string describe(std::optional<T> const& record) {
    return record ? describe(*record) : "none";
}
template <class T>
std::string describe(Result<T> const& result) {
    if (!result) return "error " + std::to_string(static_cast<int>(result.error().code));
    if constexpr (std::is_void_v<T>) {
        return "done";
    } else {
        return describe(*result);
    }
}

// Makes records whose every field has a value of its own.
class RecordSource {
public:
    explicit RecordSource(SimLoop& loop) : loop_(loop), ids_(loop, random_) {}

    NewFile file(std::string const& owner, std::string const& content,
                 std::string const& name = "report.pdf", std::string const& purpose = "assistants");
    PlacementKey key(std::string const& content, std::string const& provider = "kimi",
                     std::string const& purpose = "file-extract");
    IntentRecord intent(FileId const& file, PlacementKey key);
    PlacementRecord placement(PlacementKey key);
    QueuedDelivery delivery(FileId const& file);  // due now
    BreakerRecord breaker(std::string const& provider, std::string const& transport);
    EventRecord event(std::string const& subject);
    IdSource& ids() { return ids_; }

private:
    SimLoop& loop_;
    SeededRandom random_{20'240'601};
    IdSource ids_;
};

class CatalogConformance : public ::testing::TestWithParam<CatalogKind> {
protected:
    Catalog& catalog() { return under_test_->catalog(); }
    WallTime now() const { return loop_.wall_now(); }
    void pass(milliseconds time) { loop_.run(loop_.monotonic_now() + time); }

    template <class T>
    Result<T> run(Task<Result<T>> task) {
        return loop_.run_task(std::move(task));
    }
    // For calls that must succeed.
    template <class T>
    T get(Task<Result<T>> task) {
        return run(std::move(task)).value();
    }
    template <class T>
    void expect_error(ErrorCode code, Task<Result<T>> task) {
        auto const result = run(std::move(task));
        EXPECT_EQ(describe(result), "error " + std::to_string(static_cast<int>(code)));
        if (!result) EXPECT_FALSE(result.error().message.empty());
    }

    FileRecord add(std::string const& owner, std::string const& content,
                   std::string const& name = "report.pdf") {
        return get(catalog().add_file(records_.file(owner, content, name))).file;
    }
    // All in flight together; the answers come in the order of `files`.
    std::vector<Result<AddedFile>> add_at_once(std::vector<NewFile> const& files);
    // Delivers the bytes for this file: intent, then placement.
    PlacementRecord place(FileRecord const& file, PlacementKey const& key);
    IntentRecord begin(FileRecord const& file, PlacementKey const& key, milliseconds later = {});
    // A placement, with this status, whose copy has this id at the provider.
    void record_copy(FileRecord const& file, std::string const& name, PlacementStatus status,
                     std::string const& provider = "kimi", std::string const& account = "main");
    FileWithPlacements find(FileRecord const& file) {
        return get(catalog().find_file(file.owner, file.id));
    }
    // Of the owner `ann`, as are the next two.
    QuotaAsk ask(std::uint64_t bytes, std::uint64_t limit = 100);
    NewFile file_of(std::uint64_t bytes, std::string const& name);
    bool upload(std::uint64_t bytes, std::string const& name);  // false: there was no room
    std::string quota(std::string const& owner = "ann");
    // All in flight together; each must succeed.
    void get_all(std::vector<Task<Result<void>>> tasks);
    std::vector<std::string> listed(std::string const& owner, ListQuery query);

    SimLoop loop_;
    RecordSource records_{loop_};
    std::unique_ptr<CatalogUnderTest> under_test_ = GetParam().make();
};

}  // namespace filegate::catalog
