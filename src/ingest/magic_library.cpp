#include "ingest/magic_library.hpp"

#include <memory>

#include <magic.h>

namespace filegate::ingest {
namespace {

// Off: what the signatures decide before (tar, compressed), what only adds words (ELF details), and
// what guesses (application types, programming languages by tokens, CSV without its extension).
constexpr int flags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                      MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TOKENS |
                      MAGIC_NO_CHECK_CSV;

// How far its regular expressions look, which are most of its time on text.
constexpr std::size_t regex_bytes_max = 512;

class MagicLibrary {
public:
    Result<void> load(std::string const& magic_file) {
        if (handle_ && magic_file == magic_file_) return {};
        Handle handle(::magic_open(flags));
        auto const* const database = magic_file.empty() ? nullptr : magic_file.c_str();
        if (!handle || ::magic_load(handle.get(), database) != 0) {
            auto const* const reason = handle ? ::magic_error(handle.get()) : nullptr;
            return fail(ErrorCode::configuration_error,
                        "the database of file types cannot be loaded; install libmagic's "
                        "(libmagic-mgc) or set the path of another one",
                        reason != nullptr ? reason : "magic_open failed");
        }
        ::magic_setparam(handle.get(), MAGIC_PARAM_REGEX_MAX, &regex_bytes_max);
        handle_ = std::move(handle);
        magic_file_ = magic_file;
        return {};
    }

    Result<std::string> type_of(std::span<std::byte const> head) {
        auto const* const type = ::magic_buffer(handle_.get(), head.data(), head.size());
        // It gives up on some malformed content: of no known type, then.
        return type != nullptr ? std::string(type) : std::string();
    }

private:
    struct Close {
        void operator()(magic_set* handle) const { ::magic_close(handle); }
    };
    using Handle = std::unique_ptr<magic_set, Close>;

    Handle handle_;
    std::string magic_file_;
};

}  // namespace

Result<std::string> type_by_magic(std::span<std::byte const> head, std::string const& magic_file) {
    thread_local MagicLibrary library;
    TRY(library.load(magic_file));
    return library.type_of(head);
}

}  // namespace filegate::ingest
