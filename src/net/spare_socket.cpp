#include "net/spare_socket.hpp"

#include <array>
#include <fcntl.h>
#include <sys/socket.h>

namespace filegate::net {

void SpareSocket::hold(int socket) {
    fd_ = UniqueFd(fcntl(socket, F_DUPFD_CLOEXEC, 0));
}

std::string SpareSocket::drain() {
    constexpr std::size_t drained_bytes_max = 64 * 1024;
    std::string text;
    std::array<char, 16 * 1024> buffer;
    while (fd_.is_open() && text.size() < drained_bytes_max) {
        auto const count = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace filegate::net
