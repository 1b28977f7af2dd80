#include "ingest/content_check.hpp"

#include <fmt/format.h>

#include "ingest/content_policy.hpp"
#include "ingest/content_types.hpp"
#include "ingest/executables.hpp"
#include "ingest/second_format.hpp"
#include "ingest/signatures.hpp"

namespace filegate::ingest {
namespace {

using State = ArchiveFinding::State;

// What passes the other limits and is still not through then counts as not checked.
constexpr seconds archive_time_max{10};

Result<ArchiveFinding> look_into(Content const& content, std::span<std::byte const> head,
                                 std::string_view type, ContentOptions const& options,
                                 Clock const& clock) {
    auto const deadline = clock.monotonic_now() + archive_time_max;
    if (is_readable_archive(head)) return examine_archive(content, options, clock, deadline);
    ArchiveFinding finding;
    if (is_archive_type(type)) {
        finding = {State::not_readable,
                   fmt::format("archives of the type {} are not looked into", type)};
    } else if (type_by_signature(head) == ole_type) {
        TRY(finding.macros, macros_in_ole(content, clock, deadline));
    }
    return finding;
}

// A tar archive may begin like anything: its first member's name stands there.
Result<std::string_view> what_else(Content const& content, std::span<std::byte const> head,
                                   std::string_view type) {
    if (type != tar_type && is_tar_header(head)) return std::string_view("a tar archive");
    return second_format(content, type);
}

// Documents with macros are of a type of their own.
void settle_macros(std::string& type, ArchiveFinding& finding) {
    std::string const other(type_with_macros(type));
    if (other == type) return;
    if (finding.macros == Macros::present) type = other;
    if (finding.macros == Macros::not_told && finding.state == State::sound) {
        finding.state = State::not_readable;
        finding.what = "whether the document has macros cannot be told";
    }
}

}  // namespace

Result<CheckedContent> check_content(Content const& content, SniffHints const& hints,
                                     ContentOptions const& options, Clock const& clock) {
    TRY(auto const head, read_head(content));
    TRY(auto type, sniff(content, head, hints));
    ContentFacts facts{.executable = executable_kind(head)};
    if (facts.executable.empty()) {
        TRY(facts.second_format, what_else(content, head, type));
        TRY(facts.archive, look_into(content, head, type, options, clock));
        settle_macros(type, facts.archive);
    }
    facts.type = type;
    auto verdict = judge_content(facts, hints.filename, options);
    return CheckedContent{std::move(type), std::move(verdict)};
}

}  // namespace filegate::ingest
