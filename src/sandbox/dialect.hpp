#pragma once
// How one family of providers speaks: the shape of its ids, file objects, lists and errors. What
// differs between two members of a family (limits, purposes, formats) is in their contracts.

#include <map>
#include <span>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/random.hpp"
#include "contracts/contract.hpp"
#include "net/http_message.hpp"
#include "net/url.hpp"

namespace filegate::sandbox {

// A file at an imitated provider.
struct FileEntry {
    std::string id;
    std::string filename;
    std::uint64_t bytes = 0;
    Sha256Digest sha256;
    std::string purpose;
    std::int64_t created_at_s = 0;
    std::optional<std::int64_t> expires_at_s;
    bool has_failed = false;  // taken, but the provider could not use it
};

// Why a request is refused, before it is put in a provider's words.
enum class Trouble : std::uint8_t {
    no_authorization,
    bad_key,
    expired_token,
    account_exhausted,
    not_multipart,
    broken_body,
    missing_file,
    missing_purpose,
    unknown_purpose,
    unsupported_format,
    empty_file,
    file_too_large,
    too_many_files,
    total_too_large,
    bad_parameter,
    no_such_file,
    no_content,        // files of this purpose cannot be read back
    content_not_kept,  // the sandbox's own limit, not the provider's
    no_such_route,
    wrong_method,
};

struct Complaint {
    Trouble trouble = Trouble::broken_body;
    std::string value;                  // the purpose, id, path or detail that was seen
    std::string parameter = {};         // the request's field at fault
    std::uint64_t limit = 0;            // the limit that was met
    std::vector<std::string> accepted;  // what would have been taken
};

template <class T>
using Accepted = std::expected<T, Complaint>;

struct ListRequest {
    std::string purpose;  // empty: any
    std::size_t limit = SIZE_MAX;
    std::string after;
    bool is_newest_first = false;
};

struct ListPage {
    std::vector<FileEntry> files;
    bool has_more = false;
};

struct RefusalRow {
    Trouble trouble;
    int status;
    std::string_view type;
    std::string_view code;
    std::string_view parameter;  // empty: the complaint's
    std::string_view message;    // {value}, {limit}, {accepted}, {parameter} are filled in
};

// What the provider may say with a status. Of several rows of one status the first is the usual.
struct FaultRow {
    int status;
    std::string_view type;
    std::string_view code;
    std::string_view message;
    int retry_after_s = 0;  // 0: no such header
};

// Which row is meant; an empty word stands for any.
struct FaultWords {
    int status = 0;
    std::string_view type = {};
    std::string_view code = {};
};

// Of an error, whatever a dialect may tell about it.
struct ErrorWords {
    int status;
    std::string_view type;
    std::string_view code;
    std::string_view parameter;
    std::string_view message;
};

// What the dialects have in common, where one has nothing of its own.
net::ServerResponse plain_content(FileEntry const& file, std::string const& bytes);
void leave_unstamped(net::ServerResponse& response, RequestId const& id);
Accepted<std::optional<seconds>> no_lifetime(std::string_view purpose,
                                             std::map<std::string, std::string> const& fields);

struct Dialect {
    std::span<RefusalRow const> refusals;  // one for every trouble
    std::span<FaultRow const> faults;
    std::span<std::string_view const> purposes_without_content;
    bool renames_equal_names = false;
    boost::json::object (*error_members)(ErrorWords const& words);  // {"error":{these}}
    std::string (*in_words)(std::span<std::string const> accepted);
    std::string (*new_id)(WallTime now, Random& random);
    boost::json::object (*file_object)(FileEntry const& file);
    Accepted<ListRequest> (*list_request)(net::Query const& query);
    boost::json::object (*list_members)(ListPage const& page);  // beside object and data
    net::ServerResponse (*content)(FileEntry const& file, std::string const& bytes) = plain_content;
    void (*stamp)(net::ServerResponse& response,
                  RequestId const& id) = leave_unstamped;  // on every answer
    // When a new file goes by itself, from the form's other fields; none: with the contract.
    Accepted<std::optional<seconds>> (*lifetime)(
        std::string_view purpose, std::map<std::string, std::string> const& fields) = no_lifetime;

    boost::json::object list_object(ListPage const& page) const;
    net::ServerResponse refuse(Complaint const& complaint) const;
    net::ServerResponse fault(FaultWords const& words) const;  // as the provider says it
    FaultRow const* find_fault(FaultWords const& words) const;
    bool has_content_of(std::string_view purpose) const;
};

Dialect const& kimi_dialect();
Dialect const& glm_dialect();
Dialect const& openai_dialect();
Dialect const& dialect_of(contracts::IdShape shape);

// Shared by the dialects.

std::string fill(std::string_view message, Complaint const& complaint, std::string_view accepted);
std::string megabytes(std::uint64_t bytes);  // "100MB"
std::string random_letters(Random& random, std::string_view alphabet, std::size_t count);
net::ServerResponse json_response(int status, boost::json::object const& body);
net::ServerResponse bytes_response(std::string bytes, std::string content_type);
net::ServerResponse html_error(int status);  // what stands before a provider says when it is gone
Accepted<std::size_t> parse_limit(std::string_view text, std::size_t limit_max);

}  // namespace filegate::sandbox
