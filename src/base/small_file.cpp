#include "base/small_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace filegate {

std::expected<std::string, std::string> read_small_file(std::filesystem::path const& path,
                                                        std::size_t bytes_max) {
    // O_NONBLOCK: a FIFO under that name must not hold up the start.
    int const file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    auto const reason = [] { return std::string("cannot be read: ") + std::strerror(errno); };
    if (file < 0) return std::unexpected(reason());
    std::unique_ptr<int const, void (*)(int const*)> const closing(
        &file, [](int const* descriptor) { close(*descriptor); });
    struct stat status{};
    if (fstat(file, &status) != 0) return std::unexpected(reason());
    if (!S_ISREG(status.st_mode)) return std::unexpected("is not a regular file");
    std::string text(bytes_max + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        auto const count = read(file, text.data() + filled, text.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected(reason());
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    if (filled > bytes_max) {
        return std::unexpected(fmt::format("has more than {} bytes", bytes_max));
    }
    text.resize(filled);
    return text;
}

}  // namespace filegate
