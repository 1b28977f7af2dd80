#include "access/key_source.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "access/key_set.hpp"

namespace filegate::access {
namespace {

constexpr seconds fetch_time_max{5};
constexpr seconds connect_time_max{3};

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

std::unexpected<Error> unreadable(std::string_view place, std::string_view why) {
    return fail(ErrorCode::configuration_error, fmt::format("{} {}", place, why));
}

Result<std::string> read_file(std::filesystem::path const& path) {
    auto const by_system = [&] {
        return unreadable(path.string(), fmt::format("cannot be read: {}", std::strerror(errno)));
    };
    // O_NONBLOCK: a FIFO under that name must not hold a worker up.
    Descriptor const file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.number() < 0) return by_system();
    struct stat status{};
    if (fstat(file.number(), &status) != 0) return by_system();
    if (!S_ISREG(status.st_mode)) return unreadable(path.string(), "is not a regular file");
    std::string text(key_text_bytes_max + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        auto const count = ::read(file.number(), text.data() + filled, text.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return by_system();
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    if (filled > key_text_bytes_max) {
        return unreadable(path.string(), fmt::format("has more than {} bytes", key_text_bytes_max));
    }
    text.resize(filled);
    return text;
}

}  // namespace

Task<Result<std::string>> FileKeySource::read() {
    auto work = [this] { return read_file(path_); };
    co_return co_await workers_.run(work);
}

Task<Result<std::string>> UrlKeySource::read() {
    net::ClientRequest request{
        .url = url_,
        .headers = {{"Accept", "application/jwk-set+json, application/json"}},
        .deadline = clock_.monotonic_now() + fetch_time_max,
        .connect_timeout = connect_time_max,
        .stall_timeout = fetch_time_max,
        .response_bytes_max = key_text_bytes_max};
    auto response = co_await http_.send(std::move(request));
    if (!response) {
        co_return unreadable(url_, fmt::format("cannot be had: {}", response.error().message));
    }
    if (response->status != 200) {
        co_return unreadable(url_,
                             fmt::format("answered with status {}, not 200 (redirects are not "
                                         "followed)",
                                         response->status));
    }
    co_return std::move(response->body);
}

}  // namespace filegate::access
