// libarchive, a member's data in blocks. The beginning of a member, gathered from as many blocks as
// it takes (the first may be a single byte), tells whether it is a program or an archive again; an
// archive is read by a second reader that pulls its bytes from the first:
//
//   file ── zip ── member ── gzip, tar ── member ...     at most `archive_depth_max` of these
//
// All levels share one account of members, bytes out and bytes in. Bytes in are counted because
// members of a zip may overlap and be empty when unpacked: much to read, nothing comes out. Only
// the methods "stored" and "deflate" are unpacked; the others take memory as the archive pleases.

#include "ingest/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "ingest/content_types.hpp"
#include "ingest/executables.hpp"
#include "ingest/signatures.hpp"
#include "ingest/zip_directory.hpp"
#include "ingest/zip_end.hpp"

namespace filegate::ingest {
namespace {

using State = ArchiveFinding::State;

constexpr std::size_t block_bytes = 64 * 1024;
// What program_kind() and the signatures need of a member.
constexpr std::size_t head_bytes_min = 4096;
// Documents of some kilobytes are often a thousandth of what they unpack to, and harm nobody.
constexpr std::uint64_t harmless_bytes = 16 << 20;
constexpr std::uint64_t reads_of_the_file_max = 4;
constexpr std::string_view overlaps = "has members that overlap";

std::span<std::byte const> bytes_of(void const* block, std::size_t size) {
    return {static_cast<std::byte const*>(block), size};
}

// Where a reader's bytes come from.
class Origin {
public:
    virtual ~Origin() = default;
    virtual Result<std::span<std::byte const>> next() = 0;  // empty: the end
    virtual bool can_seek() const = 0;
    virtual std::int64_t seek(std::int64_t offset, int whence) = 0;
};

class ContentOrigin final : public Origin {
public:
    ContentOrigin(Content const& content, std::uint64_t& bytes_in, std::function<bool()> is_over)
        : content_(content),
          bytes_in_(bytes_in),
          is_over_(std::move(is_over)),
          buffer_(block_bytes) {}

    Result<std::span<std::byte const>> next() override {
        // Asked here too: a reader may take in much before it gives anything out.
        if (is_over_()) return std::span<std::byte const>();
        TRY(auto const count, content_.read_at(offset_, buffer_));
        offset_ += count;
        bytes_in_ += count;
        return std::span<std::byte const>(buffer_).first(count);
    }
    bool can_seek() const override { return true; }
    std::int64_t seek(std::int64_t offset, int whence) override {
        auto const size = static_cast<std::int64_t>(content_.size_bytes());
        auto const from = whence == SEEK_SET   ? 0
                          : whence == SEEK_CUR ? static_cast<std::int64_t>(offset_)
                                               : size;
        // `from` is at most the file's size; a hostile offset must not overflow the sum.
        if (offset < -from || offset > size - from) return ARCHIVE_FATAL;
        offset_ = static_cast<std::uint64_t>(from + offset);
        return static_cast<std::int64_t>(offset_);
    }

private:
    Content const& content_;
    std::uint64_t& bytes_in_;
    std::function<bool()> is_over_;
    std::vector<std::byte> buffer_;
    std::uint64_t offset_ = 0;
};

// One archive being read by libarchive.
class Reader {
public:
    explicit Reader(Origin& origin) : origin_(origin), handle_(::archive_read_new()) {}

    // False: not readable as an archive.
    bool open(std::span<std::byte const> head) {
        if (!handle_) return false;
        auto* const a = handle_.get();
        auto const type = type_by_signature(head);
        if (type == zip_type) {
            origin_.can_seek() ? ::archive_read_support_format_zip_seekable(a)
                               : ::archive_read_support_format_zip_streamable(a);
        } else if (type == gzip_type) {
            is_gzip_ = true;
            // One member, whatever is in it: a tar there is the next level.
            ::archive_read_support_filter_gzip(a);
            ::archive_read_support_format_raw(a);
            ::archive_read_support_format_empty(a);
        } else {
            ::archive_read_support_format_tar(a);
        }
        ::archive_read_set_read_callback(a, &Reader::read);
        if (origin_.can_seek()) ::archive_read_set_seek_callback(a, &Reader::seek);
        ::archive_read_set_callback_data(a, this);
        return ::archive_read_open1(a) == ARCHIVE_OK;
    }

    enum class Step : std::uint8_t { member, end, unreadable };
    Step next_member() {
        auto const status = ::archive_read_next_header(handle_.get(), &entry_);
        if (status == ARCHIVE_EOF) return Step::end;
        // What only begins like gzip would come out as it is.
        if (is_gzip_ && ::archive_filter_count(handle_.get()) < 2) return Step::unreadable;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Step::unreadable;
        silent_bytes_ = 0;
        position_ = 0;
        return Step::member;
    }
    std::string_view member_name() const {
        auto const* name = ::archive_entry_pathname_utf8(entry_);
        if (name == nullptr) name = ::archive_entry_pathname(entry_);
        return name != nullptr ? name : "";
    }
    bool is_encrypted() const { return ::archive_entry_is_encrypted(entry_) != 0; }
    // Zeros that a tar archive does not hold but names: counted nowhere, and any number of them.
    bool has_holes() const { return ::archive_entry_sparse_count(entry_) > 0; }
    bool has_unpackable_method() const {
        auto const* const name = ::archive_format_name(handle_.get());
        std::string_view const format = name != nullptr ? name : "";
        if (!format.starts_with("ZIP")) return true;
        return format.ends_with("(uncompressed)") || format.ends_with("(deflation)");
    }

    // The next block of the member's data; empty: its end; none: damaged.
    std::optional<std::span<std::byte const>> next_block() {
        void const* block = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        while (true) {
            auto const status = ::archive_read_data_block(handle_.get(), &block, &size, &offset);
            if (status == ARCHIVE_EOF) return std::span<std::byte const>();
            if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return std::nullopt;
            if (size > 0) {
                if (offset != position_) return std::nullopt;
                position_ += static_cast<la_int64_t>(size);
                silent_bytes_ = 0;
                return bytes_of(block, size);
            }
            if (++empty_blocks_ > empty_blocks_max) return std::nullopt;
        }
    }
    std::optional<Error> const& failure() const { return failure_; }
    std::string_view trouble() const {
        return is_bloated_ ? "the archive has a directory or a map of more than 8 MiB"
                           : "the archive is damaged";
    }

private:
    static constexpr std::size_t empty_blocks_max = 100'000;
    // What libarchive may take in before it gives anything out: a directory, a map of holes, a
    // header. It keeps such things in memory, many times their size.
    static constexpr std::uint64_t silent_bytes_max = 8 << 20;

    static la_ssize_t read(archive*, void* self, void const** block) {
        auto& reader = *static_cast<Reader*>(self);
        auto const bytes = reader.origin_.next();
        if (!bytes) {
            reader.failure_ = bytes.error();
            return ARCHIVE_FATAL;
        }
        reader.silent_bytes_ += bytes->size();
        if (reader.silent_bytes_ > silent_bytes_max) {
            reader.is_bloated_ = true;
            return ARCHIVE_FATAL;
        }
        *block = bytes->data();
        return static_cast<la_ssize_t>(bytes->size());
    }
    static la_int64_t seek(archive*, void* self, la_int64_t offset, int whence) {
        return static_cast<Reader*>(self)->origin_.seek(offset, whence);
    }

    struct Free {
        void operator()(archive* handle) const { ::archive_read_free(handle); }
    };
    Origin& origin_;
    std::unique_ptr<archive, Free> handle_;
    archive_entry* entry_ = nullptr;
    bool is_gzip_ = false;
    std::size_t empty_blocks_ = 0;
    std::uint64_t silent_bytes_ = 0;
    la_int64_t position_ = 0;  // in the member
    bool is_bloated_ = false;
    std::optional<Error> failure_;
};

// The examination of one file.
class Examination {
public:
    Examination(Content const& content, ContentOptions const& limits, Clock const& clock,
                MonotonicTime deadline)
        : content_(content), limits_(limits), clock_(clock), deadline_(deadline) {}

    Result<ArchiveFinding> run() {
        std::vector<std::byte> head(512);
        TRY(auto const count, content_.read_at(0, head));
        head.resize(count);
        TRY(auto const end, find_zip_end(content_, ZipEndPlace::anywhere));
        ContentOrigin origin(content_, bytes_in_, [this] { return is_over(); });
        TRY(examine(origin, head, 1));
        // The reader skips entries that begin where another one does; others unpack each.
        if (is_complete_ && end && !end->is_zip64() && end->members > members_of_file_) {
            end_with(State::bomb, std::string(overlaps));
        }
        if (type_by_signature(head) == zip_type) TRY(look_for_contradictions(end));
        if (end_) return *end_;
        auto const state = unreadable_.empty() ? State::sound : State::not_readable;
        return ArchiveFinding{state, unreadable_, macros_};
    }

private:
    class MemberOrigin;

    // Goes on until everything is read or end_ is set. An error is of the content.
    Result<void> examine(Origin& origin, std::span<std::byte const> head, std::uint64_t depth);
    Result<void> look_for_contradictions(std::optional<ZipEnd> const& end);
    Result<void> examine_member(Reader& reader, std::uint64_t depth);
    Result<void> judge_head(Reader& reader, std::span<std::byte const> head, std::uint64_t depth);
    Result<std::vector<std::byte>> head_of_member(Reader& reader);
    Result<std::span<std::byte const>> next_block(Reader& reader);
    bool is_over();
    void count_out(std::size_t bytes);
    void end_with(State state, std::string what) {
        if (!end_) end_ = ArchiveFinding{state, std::move(what)};
    }
    void note_unreadable(std::string_view what) {
        if (unreadable_.empty()) unreadable_ = what;
    }
    void note(Macros found) {
        if (macros_ != Macros::present && found != Macros::none) macros_ = found;
    }

    Content const& content_;
    ContentOptions const& limits_;
    Clock const& clock_;
    MonotonicTime deadline_;
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
    std::uint64_t members_ = 0;
    std::uint64_t members_of_file_ = 0;  // without those of archives in it
    bool is_complete_ = false;           // the file's own members have all been met
    std::string unreadable_;
    Macros macros_ = Macros::none;
    std::optional<ArchiveFinding> end_;
};

// A member of an archive as the origin of the next reader.
class Examination::MemberOrigin final : public Origin {
public:
    MemberOrigin(Examination& examination, Reader& outer, std::span<std::byte const> first)
        : examination_(examination), outer_(outer), first_(first.begin(), first.end()) {}

    Result<std::span<std::byte const>> next() override {
        if (!is_first_given_) {
            is_first_given_ = true;
            return std::span<std::byte const>(first_);
        }
        return examination_.next_block(outer_);
    }
    bool can_seek() const override { return false; }
    std::int64_t seek(std::int64_t, int) override { return ARCHIVE_FATAL; }

private:
    Examination& examination_;
    Reader& outer_;
    std::vector<std::byte> first_;
    bool is_first_given_ = false;
};

Result<void> Examination::examine(Origin& origin, std::span<std::byte const> head,
                                  std::uint64_t depth) {
    if (depth > limits_.archive_depth_max) {
        end_with(State::bomb, fmt::format("holds archives in archives more than {} deep",
                                          limits_.archive_depth_max));
        return {};
    }
    Reader reader(origin);
    auto is_open = reader.open(head);
    while (is_open && !is_over()) {
        auto const step = reader.next_member();
        if (step == Reader::Step::end) {
            is_complete_ |= depth == 1;
            return {};
        }
        if (step == Reader::Step::unreadable) break;
        members_of_file_ += depth == 1 ? 1 : 0;
        if (++members_ > limits_.archive_members_max) {
            end_with(State::bomb,
                     fmt::format("holds more than {} members", limits_.archive_members_max));
        } else if (reader.is_encrypted()) {
            note_unreadable("a member of the archive is encrypted");
        } else if (reader.has_holes()) {
            note_unreadable("a member of the archive has holes");
        } else if (!reader.has_unpackable_method()) {
            note_unreadable("a member of the archive is packed by a method other than deflate");
        } else {
            TRY(examine_member(reader, depth));
        }
    }
    if (reader.failure()) return fail(*reader.failure());
    note_unreadable(reader.trouble());
    return {};
}

// This reader goes by the headers before the members, others by the directory behind them.
Result<void> Examination::look_for_contradictions(std::optional<ZipEnd> const& end) {
    if (end_ || !unreadable_.empty()) return {};
    if (members_of_file_ > (end ? end->members : 0)) {
        note_unreadable("the archive has more members than its directory");
    }
    if (!end) return {};
    TRY(auto const contradiction,
        contradiction_in_zip(content_, *end, limits_.archive_members_max));
    if (!contradiction.empty()) note_unreadable(contradiction);
    return {};
}

// What follows an archive within the member is read too: it counts.
Result<void> Examination::examine_member(Reader& reader, std::uint64_t depth) {
    std::string const name(reader.member_name());
    TRY(auto const head, head_of_member(reader));
    TRY(judge_head(reader, head, depth));
    PartSearch part(name, head);
    while (true) {
        TRY(auto const block, next_block(reader));
        if (block.empty()) break;
        part.take(block);
    }
    note(part.finish());
    return {};
}

Result<void> Examination::judge_head(Reader& reader, std::span<std::byte const> head,
                                     std::uint64_t depth) {
    if (auto const program = program_kind(head); !program.empty()) {
        end_with(State::program, fmt::format("holds {}", program));
        return {};
    }
    auto const type = type_by_signature(head);
    if (is_readable_archive(head)) {
        MemberOrigin origin(*this, reader, head);
        TRY(examine(origin, head, depth + 1));
        if (type == zip_type && is_tar_header(head)) {
            note_unreadable("a member of the archive is a zip and a tar archive at once");
        }
    } else if (is_archive_type(type)) {
        note_unreadable(fmt::format("it holds an archive of the type {}", type));
    }
    return {};
}

// Of a member that is damaged or beyond a limit: what came before.
Result<std::vector<std::byte>> Examination::head_of_member(Reader& reader) {
    std::vector<std::byte> head;
    while (head.size() < head_bytes_min) {
        TRY(auto const block, next_block(reader));
        if (block.empty()) break;
        head.insert(head.end(), block.begin(), block.end());
    }
    return head;
}

// Counted. Empty: the member's end, or it is damaged, or all is over.
Result<std::span<std::byte const>> Examination::next_block(Reader& reader) {
    if (is_over()) return std::span<std::byte const>();
    auto const block = reader.next_block();
    if (reader.failure()) return fail(*reader.failure());
    if (!block) {
        note_unreadable("a member of the archive is damaged");
        return std::span<std::byte const>();
    }
    count_out(block->size());
    return *block;
}

void Examination::count_out(std::size_t bytes) {
    bytes_out_ += bytes;
    if (bytes_out_ > limits_.archive_bytes_max) {
        end_with(State::bomb,
                 fmt::format("unpacks to more than {} bytes", limits_.archive_bytes_max));
    } else if (bytes_out_ > harmless_bytes &&
               bytes_out_ / limits_.archive_ratio_max > content_.size_bytes()) {
        end_with(State::bomb, fmt::format("unpacks to more than {} times its {} bytes",
                                          limits_.archive_ratio_max, content_.size_bytes()));
    }
}

bool Examination::is_over() {
    if (end_) return true;
    if (bytes_in_ > content_.size_bytes() * reads_of_the_file_max + harmless_bytes) {
        end_with(State::bomb, std::string(overlaps));
    } else if (clock_.monotonic_now() > deadline_) {
        end_with(State::not_readable, "looking through the archive took too long");
    }
    return end_.has_value();
}

}  // namespace

bool is_readable_archive(std::span<std::byte const> head) {
    auto const type = type_by_signature(head);
    return type == zip_type || type == gzip_type || type == tar_type || is_tar_header(head);
}

Result<ArchiveFinding> examine_archive(Content const& content, ContentOptions const& limits,
                                       Clock const& clock, MonotonicTime deadline) {
    return Examination(content, limits, clock, deadline).run();
}

}  // namespace filegate::ingest
