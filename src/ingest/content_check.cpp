#include "ingest/content_check.hpp"

#include "ingest/content_policy.hpp"
#include "ingest/executables.hpp"
#include "ingest/second_format.hpp"

namespace filegate::ingest {
namespace {

// What passes the other limits and is still not through then counts as not checked.
constexpr seconds archive_time_max{10};

Result<ArchiveFinding> look_into(Content const& content, std::span<std::byte const> head,
                                 ContentOptions const& options, Clock const& clock) {
    if (!is_readable_archive(head)) return ArchiveFinding{};
    return examine_archive(content, options, clock, clock.monotonic_now() + archive_time_max);
}

}  // namespace

Result<CheckedContent> check_content(Content const& content, SniffHints const& hints,
                                     ContentOptions const& options, Clock const& clock) {
    TRY(auto const head, read_head(content));
    TRY(auto type, sniff(content, head, hints));
    ContentFacts facts{.type = type, .executable = executable_kind(head)};
    if (facts.executable.empty()) {
        TRY(facts.second_format, second_format(content, type));
        TRY(facts.archive, look_into(content, head, options, clock));
    }
    auto verdict = judge_content(facts, hints.filename, options);
    return CheckedContent{std::move(type), std::move(verdict)};
}

}  // namespace filegate::ingest
