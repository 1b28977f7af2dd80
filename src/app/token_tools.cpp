#include "app/token_tools.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "access/token_issuer.hpp"
#include "access/token_verifier.hpp"
#include "base/date.hpp"
#include "base/small_file.hpp"
#include "observe/escape.hpp"

namespace filegate::app {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> by_system(fs::path const& path, std::string_view what) {
    auto const why = std::strerror(errno);
    return fail(ErrorCode::configuration_error,
                fmt::format("{} cannot be {}: {}", path.string(), what, why));
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

// The file's text; empty when it is not there.
Result<std::string> read_secrets(fs::path const& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0 && errno == ENOENT) return std::string();
    auto text = read_small_file(path, access::key_text_bytes_max);
    if (text) return *std::move(text);
    return fail(ErrorCode::configuration_error, fmt::format("{} {}", path.string(), text.error()));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        auto const count = write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// The new file belongs to whom the old one did: the server may run as somebody else than root.
bool keep_owner(int file, fs::path const& old) {
    struct stat status{};
    if (stat(old.c_str(), &status) != 0) return errno == ENOENT;
    struct stat made{};
    if (fstat(file, &made) != 0) return false;
    if (made.st_uid == status.st_uid && made.st_gid == status.st_gid) return true;
    return fchown(file, status.st_uid, status.st_gid) == 0;
}

Result<void> replace_file(fs::path const& path, std::string_view text) {
    // Exclusive: of two rotations at once the second is refused, not lost.
    fs::path const made = path.string() + ".new";
    Descriptor const file(open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.number() < 0 && errno == EEXIST) {
        return fail(ErrorCode::configuration_error,
                    fmt::format("{0} is there: another rotation is under way, or one was killed; "
                                "if none is, remove {0}",
                                made.string()));
    }
    if (file.number() < 0) return by_system(made, "made");
    auto const is_written = write_all(file.number(), text) && keep_owner(file.number(), path) &&
                            fsync(file.number()) == 0 && rename(made.c_str(), path.c_str()) == 0;
    if (!is_written) {
        auto const error = by_system(path, "written");
        unlink(made.c_str());
        return error;
    }
    auto const parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    Descriptor const folder(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0 || fsync(folder.number()) != 0) return by_system(parent, "flushed");
    return {};
}

Result<void> check_scope_words(std::string_view words) {
    while (!words.empty()) {
        auto const end = std::min(words.find(' '), words.size());
        auto const word = words.substr(0, end);
        words.remove_prefix(std::min(end + 1, words.size()));
        if (word.empty() || access::scope_of_word(word)) continue;
        return fail(ErrorCode::validation_failed,
                    fmt::format("there is no scope '{}'; there are files:read, files:write, "
                                "files:query and admin",
                                observe::printable(word)));
    }
    return {};
}

}  // namespace

Result<std::string> issue_token(config::Settings const& settings, TokenWish const& wish,
                                Clock const& clock, Random& random) {
    TRY(check_scope_words(wish.scopes));
    auto const& tokens = settings.tokens;
    std::string text;
    if (!tokens.secret_file.empty()) {
        TRY(text, read_secrets(tokens.secret_file));
    }
    TRY(auto const secrets, access::secrets_of(tokens, text));
    return access::issue_token({.subject = PrincipalId(wish.subject),
                                .scopes = access::scopes_of_words(wish.scopes),
                                .lifetime = wish.lifetime,
                                .key_id = wish.key_id},
                               tokens, secrets, clock.wall_now(), random);
}

Task<Result<TokenFindings>> inspect_token(config::Settings const& settings, std::string token,
                                          InspectTools tools) {
    auto text = access::read_token(token);
    if (!text) {
        co_return fail(ErrorCode::validation_failed,
                       "that is no JWT: it has no header and claims that are JSON objects");
    }
    TokenFindings findings{.header = std::move(text->header), .claims = std::move(text->claims)};
    if (!settings.tokens.has_keys()) {
        findings.refusal = Error{.code = ErrorCode::configuration_error,
                                 .message = "no authentication is configured; see [auth]"};
        co_return findings;
    }
    access::TokenVerifier verifier(settings.tokens, {.http = tools.http,
                                                     .workers = tools.workers,
                                                     .clock = tools.clock,
                                                     .log = observe::silent_log()});
    auto const taken = co_await verifier.verify(std::move(token), "");
    if (!taken) {
        findings.refusal = taken.error();
    } else {
        findings.subject = taken->subject.text();
        findings.scopes = access::words(taken->scopes);
    }
    co_return findings;
}

Result<TokenNames> names_in(std::string const& token) {
    auto const text = access::read_token(token);
    if (!text) return fail(ErrorCode::validation_failed, "that is no JWT");
    TRY(auto claims, access::parse_claims(text->claims));
    return TokenNames{.id = std::move(claims.id),
                      .subject = claims.subject.text(),
                      .expires_at = claims.expires_at};
}

Result<std::string> rotate_secret(config::Settings const& settings, std::string key_id,
                                  Clock const& clock, Random& random) {
    if (settings.tokens.secret_file.empty()) {
        return fail(ErrorCode::configuration_error,
                    "auth.jwt_secret_file is not set; name the file that is to hold the secrets");
    }
    if (key_id.empty()) {
        key_id = date_text(clock.wall_now());
        std::erase_if(key_id, [](char c) { return c == '-' || c == ':'; });
    }
    // A link stays a link: what it points to is replaced.
    std::error_code ignored;
    auto path = fs::weakly_canonical(settings.tokens.secret_file, ignored);
    if (ignored) path = settings.tokens.secret_file;
    TRY(auto const old, read_secrets(path));
    TRY(auto const text, access::with_new_secret(old, key_id, random));
    TRY(replace_file(path, text));
    return key_id;
}

}  // namespace filegate::app
