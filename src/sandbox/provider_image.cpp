#include "sandbox/provider_image.hpp"

#include <algorithm>
#include <ranges>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

std::unexpected<Complaint> refuse(Complaint complaint) {
    return std::unexpected(std::move(complaint));
}

bool contains(std::vector<std::string> const& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (auto& letter : lowered) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return lowered;
}

// ".pdf" of report.PDF; empty without one.
std::string extension_of(std::string_view filename) {
    auto const dot = filename.rfind('.');
    return dot == std::string_view::npos ? std::string() : lower(filename.substr(dot));
}

bool is_image(FilePart const& file) {
    static std::set<std::string, std::less<>> const extensions{
        ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".heic", ".heif", ".tif", ".tiff"};
    return lower(file.content_type).starts_with("image/") ||
           extensions.contains(extension_of(file.filename));
}

bool takes(contracts::Formats const& formats, FilePart const& file) {
    auto const type = lower(file.content_type);
    // What a part declares is a guess of its client; one that declares nothing is refused only
    // where names decide too.
    bool const is_declared = !type.empty() && type != "application/octet-stream";
    return (!is_declared && formats.extensions.empty()) || formats.takes(file.filename, type);
}

std::string numbered(std::string const& filename, int number) {
    auto const dot = filename.rfind('.');
    auto const stem = dot == std::string::npos || dot == 0 ? filename : filename.substr(0, dot);
    return fmt::format("{} ({}){}", stem, number, filename.substr(stem.size()));
}

}  // namespace

ProviderImage::ProviderImage(contracts::Contract contract, ImageOptions options)
    : contract_(std::move(contract)),
      options_(options),
      dialect_(dialect_of(contract_.id_shape)),
      random_(options.seed) {}

Accepted<net::ServerResponse> ProviderImage::upload(UploadForm form, WallTime now,
                                                    UploadTwist const& twist) {
    forget_expired(now);
    if (!form.file) return refuse({.trouble = Trouble::missing_file});
    auto& file = *form.file;
    auto const purpose = form.fields.find("purpose");
    if (purpose == form.fields.end() || purpose->second.empty()) {
        return refuse({.trouble = Trouble::missing_purpose});
    }
    TRY(auto const rule, purpose_rule(purpose->second, twist));
    TRY(check_file(file, rule));
    TRY(auto const lifetime, dialect_.lifetime(purpose->second, form.fields));
    TRY(check_space(file, rule));

    auto const told_now = now + twist.clock_skew;
    if (twist.is_short) {
        --file.bytes;
        if (file.content) file.content->pop_back();
    }
    FileEntry entry{
        .id = dialect_.new_id(told_now, random_),
        .filename = dialect_.renames_equal_names ? free_name(file.filename) : file.filename,
        .bytes = file.bytes,
        .sha256 = file.sha256,
        .purpose = purpose->second,
        .created_at_s = unix_seconds(told_now),
        .has_failed = twist.has_failed};
    if (lifetime) entry.expires_at_s = entry.created_at_s + lifetime->count();
    auto const& stored = store({.entry = std::move(entry),
                                .gone_at = end_of(lifetime, now, twist),
                                .content = std::move(file.content)});
    return json_response(200, dialect_.file_object(stored));
}

Accepted<net::ServerResponse> ProviderImage::list(std::string_view query, WallTime now) {
    forget_expired(now);
    auto const parsed = net::Query::parse(query);
    if (!parsed) {
        return refuse(
            {.trouble = Trouble::bad_parameter, .value = std::string(query), .parameter = "query"});
    }
    TRY(auto const request, dialect_.list_request(*parsed));
    if (contract_.list_needs_purpose && request.purpose.empty()) {
        return json_response(200, dialect_.list_object({}));
    }
    TRY(auto const files, page(request));
    return json_response(200, dialect_.list_object(files));
}

Accepted<net::ServerResponse> ProviderImage::retrieve(std::string const& id, WallTime now) {
    TRY(auto const file, find(id, now));
    return json_response(200, dialect_.file_object(file->second.entry));
}

Accepted<net::ServerResponse> ProviderImage::content(std::string const& id, WallTime now) {
    TRY(auto const file, find(id, now));
    auto const& entry = file->second.entry;
    auto const& bytes = file->second.content;
    if (!dialect_.has_content_of(entry.purpose)) {
        return refuse({.trouble = Trouble::no_content, .value = entry.purpose});
    }
    if (!bytes) {
        return refuse({.trouble = Trouble::content_not_kept,
                       .value = id,
                       .limit = options_.content_bytes_max});
    }
    return dialect_.content(entry, *bytes);
}

Accepted<net::ServerResponse> ProviderImage::remove(std::string const& id, WallTime now) {
    TRY(auto const file, find(id, now));
    erase(file);
    return json_response(200, {{"id", id}, {"object", "file"}, {"deleted", true}});
}

json::array ProviderImage::files(WallTime now) {
    forget_expired(now);
    json::array list;
    for (auto const& [sequence, stored] : files_) {
        auto const& entry = stored.entry;
        list.push_back({{"id", entry.id},
                        {"filename", entry.filename},
                        {"bytes", entry.bytes},
                        {"sha256", entry.sha256.hex()},
                        {"purpose", entry.purpose},
                        {"created_at", entry.created_at_s}});
    }
    return list;
}

Accepted<contracts::WirePurposeRule> ProviderImage::purpose_rule(std::string const& purpose,
                                                                 UploadTwist const& twist) const {
    auto accepted = accepted_purposes();
    std::erase_if(accepted,
                  [&](std::string const& word) { return contains(twist.refused_purposes, word); });
    if (!contains(accepted, purpose)) {
        return refuse({.trouble = Trouble::unknown_purpose,
                       .value = purpose,
                       .accepted = std::move(accepted)});
    }
    WirePurpose const word(purpose);
    auto const* const rule = contract_.find_wire(word);
    return rule == nullptr ? contracts::WirePurposeRule{.word = word} : *rule;
}

std::vector<std::string> ProviderImage::accepted_purposes() const {
    std::vector<std::string> words;
    if (options_.purposes == PurposeMode::original) {
        for (auto const& word : contract_.original_purposes)
            words.push_back(word.text());
    } else {
        for (auto const& rule : contract_.wire_purposes) {
            if (rule.is_documented) words.push_back(rule.word.text());
        }
    }
    return words;
}

Accepted<void> ProviderImage::check_file(FilePart const& file,
                                         contracts::WirePurposeRule const& rule) const {
    auto const bytes_max = rule.bytes_max_of(is_image(file) ? "image/png" : "");
    if (bytes_max && file.bytes > *bytes_max) {
        return refuse({.trouble = Trouble::file_too_large, .limit = *bytes_max});
    }
    if (file.bytes == 0) return refuse({.trouble = Trouble::empty_file});
    if (!takes(rule.formats, file)) {
        auto const& formats = rule.formats;
        return refuse(
            {.trouble = Trouble::unsupported_format,
             .value = rule.word.text(),
             .accepted = formats.extensions.empty() ? formats.mime_prefixes : formats.extensions});
    }
    return {};
}

Accepted<void> ProviderImage::check_space(FilePart const& file,
                                          contracts::WirePurposeRule const& rule) const {
    auto const files_max = contract_.files_max.value_or(options_.files_max);
    if (files_.size() >= files_max) {
        return refuse({.trouble = Trouble::too_many_files, .limit = files_max});
    }
    auto const same = per_purpose_.find(rule.word.text());
    if (rule.files_max && same != per_purpose_.end() && same->second >= *rule.files_max) {
        return refuse({.trouble = Trouble::too_many_files, .limit = *rule.files_max});
    }
    if (contract_.total_bytes_max && total_bytes_ + file.bytes > *contract_.total_bytes_max) {
        return refuse({.trouble = Trouble::total_too_large, .limit = *contract_.total_bytes_max});
    }
    return {};
}

std::string ProviderImage::free_name(std::string const& filename) const {
    auto name = filename;
    for (int number = 1; names_.contains(name); ++number)
        name = numbered(filename, number);
    return name;
}

// Retention is not shown, unlike an expiry that was asked for; the file just goes one day.
std::optional<WallTime> ProviderImage::end_of(std::optional<seconds> lifetime, WallTime now,
                                              UploadTwist const& twist) const {
    std::optional<WallTime> end;
    if (!lifetime && contract_.retention) lifetime = *contract_.retention;
    if (lifetime) end = std::chrono::floor<seconds>(now) + *lifetime;
    if (twist.vanishes_after) {
        auto const vanished = now + *twist.vanishes_after;
        end = end ? std::min(*end, vanished) : vanished;
    }
    return end;
}

FileEntry const& ProviderImage::store(Stored stored) {
    auto const sequence = ++last_sequence_;
    auto const& entry = stored.entry;
    by_id_.emplace(entry.id, sequence);
    names_.insert(entry.filename);
    ++per_purpose_[entry.purpose];
    total_bytes_ += entry.bytes;
    if (stored.gone_at) expiries_.emplace(*stored.gone_at, sequence);
    auto content = std::exchange(stored.content, std::nullopt);
    auto const& kept = files_.emplace(sequence, std::move(stored)).first->second;
    keep_content(sequence, std::move(content));
    return kept.entry;
}

void ProviderImage::keep_content(Sequence sequence, std::optional<std::string> content) {
    if (!content || content->size() > options_.contents_bytes_max) return;
    content_bytes_ += content->size();
    with_content_.insert(sequence);
    files_.at(sequence).content = std::move(content);
    while (content_bytes_ > options_.contents_bytes_max) {
        auto& oldest = files_.at(*with_content_.begin());
        with_content_.erase(with_content_.begin());
        content_bytes_ -= oldest.content->size();
        oldest.content.reset();
    }
}

Accepted<ProviderImage::Files::iterator> ProviderImage::find(std::string const& id, WallTime now) {
    forget_expired(now);
    auto const sequence = by_id_.find(id);
    if (sequence == by_id_.end()) return refuse({.trouble = Trouble::no_such_file, .value = id});
    return files_.find(sequence->second);
}

void ProviderImage::erase(Files::iterator file) {
    auto const& [entry, gone_at, content] = file->second;
    if (content) content_bytes_ -= content->size();
    with_content_.erase(file->first);
    if (gone_at) expiries_.erase({*gone_at, file->first});
    total_bytes_ -= entry.bytes;
    --per_purpose_[entry.purpose];
    names_.erase(names_.find(entry.filename));
    by_id_.erase(entry.id);
    files_.erase(file);
}

void ProviderImage::forget_expired(WallTime now) {
    while (!expiries_.empty() && expiries_.begin()->first <= now) {
        erase(files_.find(expiries_.begin()->second));
    }
}

Accepted<ListPage> ProviderImage::page(ListRequest const& request) const {
    auto const after = by_id_.find(request.after);
    if (!request.after.empty() && after == by_id_.end()) {
        return refuse(
            {.trouble = Trouble::no_such_file, .value = request.after, .parameter = "after"});
    }
    ListPage page;
    auto const add = [&](Stored const& stored) {
        if (!request.purpose.empty() && stored.entry.purpose != request.purpose) return true;
        page.has_more = page.files.size() == request.limit;
        if (!page.has_more) page.files.push_back(stored.entry);
        return !page.has_more;
    };
    if (request.is_newest_first) {
        auto const end = request.after.empty() ? files_.end() : files_.find(after->second);
        for (auto const& file : std::ranges::subrange(files_.begin(), end) | std::views::reverse) {
            if (!add(file.second)) break;
        }
    } else {
        auto const begin =
            request.after.empty() ? files_.begin() : std::next(files_.find(after->second));
        for (auto const& file : std::ranges::subrange(begin, files_.end())) {
            if (!add(file.second)) break;
        }
    }
    return page;
}

}  // namespace filegate::sandbox
