#pragma once
// A second hold on a connection, from which what the server still said can be read after the first
// was closed: a server that refuses a body midway answers and resets, and whoever is just writing
// sees only the reset.

#include <string>

#include "net/tcp_socket.hpp"

namespace filegate::net {

class SpareSocket {
public:
    void hold(int socket);
    bool is_held() const { return fd_.is_open(); }
    std::string drain();  // what has arrived, up to 64 KiB; never waits

private:
    UniqueFd fd_;
};

}  // namespace filegate::net
