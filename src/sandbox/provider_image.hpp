#pragma once
// The files of one imitated provider and what it answers, in its own words. No I/O, no clock. Not
// thread-safe: the sandbox keeps it under its lock.

#include <set>
#include <unordered_map>
#include <unordered_set>

#include "sandbox/upload_form.hpp"

namespace filegate::sandbox {

enum class PurposeMode : std::uint8_t { documented, original };

struct ImageOptions {
    PurposeMode purposes = PurposeMode::documented;
    std::uint64_t seed = 1;                    // for ids
    std::size_t content_bytes_max = 1 << 20;   // of one file; a longer one is only counted
    std::size_t contents_bytes_max = 8 << 20;  // of all; the oldest go first
    std::size_t files_max = 1'000'000;         // where the contract has no limit
};

// What faults make of one upload.
struct UploadTwist {
    milliseconds clock_skew{0};  // of what the file tells; when it goes is not touched
    std::vector<std::string> refused_purposes = {};
    bool is_short = false;    // one byte less is kept
    bool has_failed = false;  // kept, but of no use
    std::optional<milliseconds> vanishes_after = {};
};

class ProviderImage {
public:
    ProviderImage(contracts::Contract contract, ImageOptions options);

    Accepted<net::ServerResponse> upload(UploadForm form, WallTime now,
                                         UploadTwist const& twist = {});
    Accepted<net::ServerResponse> list(std::string_view query, WallTime now);
    Accepted<net::ServerResponse> retrieve(std::string const& id, WallTime now);
    Accepted<net::ServerResponse> content(std::string const& id, WallTime now);
    Accepted<net::ServerResponse> remove(std::string const& id, WallTime now);

    boost::json::array files(WallTime now);  // id, filename, bytes, sha256, purpose, created_at

    contracts::Contract const& contract() const { return contract_; }
    Dialect const& dialect() const { return dialect_; }

private:
    using Sequence = std::uint64_t;  // files in the order they came
    struct Stored {
        FileEntry entry;
        std::optional<WallTime> gone_at;  // asked for, or the provider's retention
        std::optional<std::string> content;
    };
    using Files = std::map<Sequence, Stored>;

    Accepted<contracts::WirePurposeRule> purpose_rule(std::string const& purpose,
                                                      UploadTwist const& twist) const;
    std::vector<std::string> accepted_purposes() const;
    Accepted<void> check_file(FilePart const& file, contracts::WirePurposeRule const& rule) const;
    Accepted<void> check_space(FilePart const& file, contracts::WirePurposeRule const& rule) const;
    std::optional<WallTime> end_of(std::optional<seconds> lifetime, WallTime now,
                                   UploadTwist const& twist) const;
    std::string free_name(std::string const& filename) const;
    FileEntry const& store(Stored stored);
    void keep_content(Sequence sequence, std::optional<std::string> content);
    Accepted<Files::iterator> find(std::string const& id, WallTime now);
    void erase(Files::iterator file);
    void forget_expired(WallTime now);
    Accepted<ListPage> page(ListRequest const& request) const;

    contracts::Contract contract_;
    ImageOptions options_;
    Dialect const& dialect_;
    SeededRandom random_;
    Sequence last_sequence_ = 0;
    Files files_;
    std::unordered_map<std::string, Sequence> by_id_;
    std::unordered_multiset<std::string> names_;
    std::unordered_map<std::string, std::size_t> per_purpose_;
    std::set<std::pair<WallTime, Sequence>> expiries_;
    std::set<Sequence> with_content_;
    std::uint64_t total_bytes_ = 0;
    std::size_t content_bytes_ = 0;
};

}  // namespace filegate::sandbox
