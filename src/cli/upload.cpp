#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/expand_paths.hpp"
#include "cli/file_body.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

using Body = std::unique_ptr<FileBody>;

Task<Result<Body>> open_body(std::string const& path, ClientTools& tools) {
    auto work = [&] {
        return path == "-" ? FileBody::spool(tools.input, tools.scratch_folder, tools.workers)
                           : FileBody::open(path, tools.workers);
    };
    co_return co_await tools.workers.run(work);
}

Task<Answer<FileObject>> upload_one(ExpandedPath const& source, UploadCommand const& command,
                                    ClientTools& tools) {
    if (source.refusal) co_return failed(*source.refusal);
    auto const body = co_await open_body(source.path, tools);
    if (!body) co_return failed(body.error());
    auto wish = command.wish;
    if (wish.filename.empty()) {
        wish.filename = std::filesystem::path(source.path).filename().string();
    }
    ProgressBar bar(tools.console, tools.clock, wish.filename, (*body)->size_bytes());
    auto const on_sent = [&bar](std::uint64_t sent) { bar.show(sent); };
    ApiClient api(tools.http, command.server);
    co_return co_await api.upload(std::move(wish), **body, on_sent);
}

void tell(ExpandedPath const& source, UploadCommand const& command, ClientTools& tools,
          Answer<FileObject> const& answer) {
    if (command.is_json) {
        tools.console.out(json_line("path", source.path, answer));
    } else if (answer) {
        tools.console.out(file_line(*answer));
    }
    if (!answer) tools.console.err(failure_line(answer.error(), source.path));
}

}  // namespace

std::string file_line(FileObject const& file) {
    std::vector<std::string> places;
    for (auto const& one : file.placements)
        places.push_back(fmt::format("{}:{}", one.provider, one.provider_file_id));
    for (auto const& one : file.failed_deliveries)
        places.push_back(fmt::format("{} failed: {}", one.provider, one.message));
    if (places.empty()) places.emplace_back("kept");
    auto const line =
        fmt::format("{}  {}  {}  -> {}{}", file.filename, file.id, file.bytes,
                    fmt::join(places, ", "), file.is_deduplicated ? " (deduplicated)" : "");
    return observe::printable(line) + "\n";
}

int exit_code_of(FileObject const& file) {
    // Placed somewhere, but not everywhere it was wanted.
    return file.failed_deliveries.empty() ? exit_ok : exit_code(ErrorCode::provider_error);
}

Task<int> upload(UploadCommand command, ClientTools& tools) {
    auto expand = [&] {
        return expand_paths(command.paths,
                            command.is_recursive ? Folders::recursive : Folders::refused);
    };
    auto const sources = co_await tools.workers.run(expand);
    int result = exit_ok;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        auto const answer = co_await upload_one(sources[i], command, tools);
        tell(sources[i], command, tools, answer);
        if (answer && result == exit_ok) result = exit_code_of(*answer);
        if (answer) continue;
        if (result == exit_ok) result = exit_code(answer.error().error.code);
        // One bad file fails alone; without a server every file would fail in the same way.
        auto const left = sources.size() - i - 1;
        if (answer.error().is_unreachable && left > 0) {
            tools.console.err(fmt::format("filegate: {} more not tried\n", left));
            break;
        }
    }
    co_return result;
}

}  // namespace filegate::cli
