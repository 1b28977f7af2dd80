// POST /v1/files:batch. Whatever becomes of one file, the others are done.

#include "base/semaphore.hpp"
#include "base/task_group.hpp"
#include "http/api.hpp"
#include "http/batch.hpp"
#include "http/json_answers.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t body_bytes_max = 1 << 20;
constexpr std::size_t at_once = 4;

using FileResult = Result<gateway::FileView>;

// Lives in the handler's frame while its tasks run.
struct PathBatch {
    gateway::PathUploads& uploads;
    access::Principal const& caller;
    std::vector<PathWish> wishes;
    std::vector<FileResult> results;
    Semaphore permits{at_once};
};

Task<void> upload_one(PathBatch* batch, std::size_t index) {
    auto const permit = co_await batch->permits.acquire();
    auto& wish = batch->wishes[index];
    if (wish) {
        batch->results[index] = co_await batch->uploads.upload(batch->caller, std::move(*wish));
    } else {
        batch->results[index] = fail(wish.error());
    }
}

bool may_be_endless(Error const& refusal) {
    return refusal.code == ErrorCode::file_too_large || refusal.code == ErrorCode::quota_exceeded;
}

bool is_form(net::ServerRequest const& request) {
    return request.headers.find("Content-Type").value_or("").starts_with("multipart/");
}

}  // namespace

Api::Answer Api::batch(Call& call) {
    if (is_form(call.request)) co_return co_await batch_of_parts(call);
    co_return co_await batch_of_paths(call);
}

Api::Answer Api::batch_of_paths(Call& call) {
    CO_TRY(auto const body, co_await read_all(*call.request.body, body_bytes_max));
    CO_TRY(auto wishes, parse_path_batch(body));
    PathBatch batch{.uploads = parts_.path_uploads,
                    .caller = call.caller,
                    .wishes = std::move(wishes),
                    .results = {}};
    batch.results.resize(batch.wishes.size());
    TaskGroup tasks((co_await this_context()).executor());
    for (std::size_t i = 0; i < batch.wishes.size(); ++i)
        tasks.spawn(upload_one(&batch, i));
    co_await tasks.join();
    co_return co_await with_quota(call.caller, batch_answer(batch.results, call.request.id));
}

// A part that was refused is skipped, but for one that is too large for this gateway or for what is
// left of the quota: it may have no end. Then, when what is to be skipped has none, and when the
// form itself breaks off, the last entry says why there are no more.
Api::Answer Api::batch_of_parts(Call& call) {
    CO_TRY(auto const form, FormFiles::begin(call.request));
    std::vector<FileResult> results;
    while (true) {
        auto const file = co_await form->next();
        if (!file && results.empty()) co_return fail(file.error());
        if (!file) results.emplace_back(fail(file.error()));
        if (!file || *file == nullptr) break;
        results.push_back(co_await parts_.gateway.upload(call.caller, **file));
        if (results.back()) continue;
        auto const& error = results.back().error();
        parts_.audit.note_refusal(call.caller.arrival(), call.caller.id(), error,
                                  (*file)->request().name);
        if (may_be_endless(error)) break;
        if (auto skipped = co_await form->skip_file(parts_.access.file_bytes_max()); !skipped) {
            results.emplace_back(fail(std::move(skipped).error()));
            break;
        }
    }
    if (results.empty()) {
        co_return fail(ErrorCode::validation_failed,
                       "the form has no file; send each in a part "
                       "with a filename");
    }
    co_return co_await with_quota(call.caller, batch_answer(results, call.request.id));
}

}  // namespace filegate::http
