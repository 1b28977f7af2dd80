#include <fmt/format.h>

#include "cli/file_table.hpp"
#include "cli/verbs.hpp"

namespace filegate::cli {
namespace {

constexpr std::size_t page_files_max = 500;

}  // namespace

// Page by page: a page is printed as soon as it is there, so that a million files do not wait in
// memory.
Task<int> list(ListCommand command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    ListWish wish{.purpose = command.purpose};
    auto left = command.limit == 0 ? std::numeric_limits<std::size_t>::max() : command.limit;
    while (left > 0) {
        wish.limit = std::min(left, page_files_max);
        auto page = co_await api.list(wish);
        if (!page) {
            tools.console.err(failure_line(page.error()));
            co_return exit_code(page.error().error.code);
        }
        auto& files = page->files;
        if (files.size() > left) files.resize(left);
        std::string out;
        for (auto const& file : files)
            out += command.is_json ? file.json + "\n" : "";
        if (!command.is_json) out = file_table(files);
        if (!tools.console.out(out)) co_return exit_code(ErrorCode::storage_error);
        left -= files.size();
        // A server that says there is more and gives the same again would be asked for ever.
        if (!page->has_more || files.empty() || files.back().id == wish.after) break;
        wish.after = files.back().id;
    }
    co_return exit_ok;
}

}  // namespace filegate::cli
