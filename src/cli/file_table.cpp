#include "cli/file_table.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/progress.hpp"
#include "cli/text_table.hpp"

namespace filegate::cli {
namespace {

constexpr std::size_t to_the_minute = 16;  // characters of a time

std::string providers(FileObject const& file) {
    std::set<std::string> names;
    for (auto const& placement : file.placements)
        names.insert(placement.provider);
    return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ","));
}

}  // namespace

std::string file_table(std::span<FileObject const> files) {
    if (files.empty()) return "";
    std::vector<std::vector<std::string>> rows{
        {"ID", "SIZE", "CREATED (UTC)", "PURPOSE", "STATUS", "PLACED AT", "NAME"}};
    for (auto const& file : files) {
        rows.push_back({file.id, human_size(file.bytes),
                        time_text(file.created_at).substr(0, to_the_minute), file.purpose,
                        file.status, providers(file), file.filename});
    }
    return text_table(std::move(rows));
}

}  // namespace filegate::cli
