#include "ingest/content_policy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/content_types.hpp"
#include "ingest/file_extension.hpp"

namespace filegate::ingest {
namespace {

constexpr std::string_view unknown_type = "application/octet-stream";

Verdict malicious(std::string what) {
    return refused(ErrorCode::malicious_file, std::move(what));
}

std::optional<Verdict> danger(ContentFacts const& facts) {
    if (!facts.executable.empty()) {
        return malicious(fmt::format("the file is {}, whatever its name; executables are not taken",
                                     facts.executable));
    }
    if (!facts.second_format.empty()) {
        return malicious(fmt::format("the file is {} and {} at once; send the one or the other",
                                     facts.type, facts.second_format));
    }
    switch (facts.archive.state) {
        case ArchiveFinding::State::bomb:
            return malicious(
                fmt::format("the archive {}; send its files one by one, or a smaller "
                            "archive",
                            facts.archive.what));
        case ArchiveFinding::State::program:
            return malicious(fmt::format("the archive {}; take that out", facts.archive.what));
        case ArchiveFinding::State::not_readable:
        case ArchiveFinding::State::sound:
            break;
    }
    return std::nullopt;
}

Verdict wrong_type(std::string message) {
    return refused(ErrorCode::invalid_file_type, std::move(message));
}

// Content of no known type passes where its name claims nothing either.
std::optional<Verdict> disagreement(std::string_view type, std::string_view extension) {
    if (extension.empty()) return std::nullopt;
    switch (agreement(extension, type)) {
        case Agreement::agrees:
            return std::nullopt;
        case Agreement::disagrees:
            return wrong_type(
                fmt::format("the content is {}, but the extension .{} promises {}; give the file "
                            "the extension of what it is",
                            type, extension, promised_type(extension)));
        case Agreement::unknown_extension:
            if (type != unknown_type) return std::nullopt;
            return wrong_type(
                fmt::format("neither the content nor the extension .{} is of a known type; what "
                            "is meant as mere bytes is taken as .bin, .dat or without extension",
                            extension));
    }
    return std::nullopt;
}

}  // namespace

Result<void> check_extension(std::string_view filename, ContentOptions const& options) {
    auto const blocked = blocked_extension_of(filename, options.blocked_extensions);
    if (blocked.empty()) return {};
    return fail(Error{.code = ErrorCode::invalid_extension,
                      .message = fmt::format("files with the extension .{} are not taken", blocked),
                      .param = "filename"});
}

Verdict judge_content(ContentFacts const& facts, std::string_view filename,
                      ContentOptions const& options) {
    if (auto const allowed = check_extension(filename, options); !allowed) {
        return {Verdict::State::refused, allowed.error()};
    }
    if (auto found = danger(facts)) return *std::move(found);
    if (!is_allowed_type(facts.type, options.allowed_types)) {
        return wrong_type(fmt::format("files of type {} are not taken; taken are: {}", facts.type,
                                      fmt::join(options.allowed_types, ", ")));
    }
    if (auto found = disagreement(facts.type, extension_of(filename))) return *std::move(found);
    if (facts.archive.state == ArchiveFinding::State::not_readable) {
        return not_checked(ErrorCode::unchecked_file,
                           fmt::format("the file could not be checked: {}; send what is in it "
                                       "without an archive, or without encryption",
                                       facts.archive.what));
    }
    return {};
}

Result<std::string> settle(Verdict verdict, Unchecked policy) {
    switch (verdict.state) {
        case Verdict::State::clean:
            return std::string();
        case Verdict::State::refused:
            return fail(std::move(verdict.error));
        case Verdict::State::not_checked:
            if (policy == Unchecked::refuse) return fail(std::move(verdict.error));
            return std::move(verdict.error.message);
    }
    return std::string();
}

}  // namespace filegate::ingest
