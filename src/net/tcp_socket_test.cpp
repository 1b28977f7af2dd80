#include "net/tcp_socket.hpp"

#include <latch>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/task_group.hpp"

namespace filegate::net {
namespace {

std::pair<UniqueFd, UniqueFd> connected_pair() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) != 0) std::abort();
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::string text_of(WaitEnd end) {
    switch (end) {
        case WaitEnd::ready:
            return "ready";
        case WaitEnd::timed_out:
            return "timed out";
        case WaitEnd::woken:
            return "woken";
    }
    return "?";
}

Task<void> wait_once(TcpSocket& socket, Direction direction, Deadline deadline, std::string& seen,
                     std::latch& ended) {
    seen = "cancelled";
    struct Ended {
        std::latch& latch;
        ~Ended() { latch.count_down(); }
    } const ended_here{ended};
    auto const end = co_await socket.wait(direction, deadline);
    seen = text_of(end);
}

Task<void> receive_once(TcpSocket& socket, std::string& seen, std::latch& ended) {
    seen = "cancelled";
    struct Ended {
        std::latch& latch;
        ~Ended() { latch.count_down(); }
    } const ended_here{ended};
    std::array<std::byte, 4> into{};
    auto const got = co_await socket.wait_to_receive(into, no_deadline);
    seen = fmt::format("{} {} {}", text_of(got.end), static_cast<int>(got.result.status),
                       std::string(reinterpret_cast<char const*>(into.data()), got.result.bytes));
}

// A socket on a loop, one task that waits on it, and the other end.
class tcp_socket : public testing::Test {
protected:
    tcp_socket() {
        auto [near, far] = connected_pair();
        far_ = std::move(far);
        on_loop([&, fd = std::make_shared<UniqueFd>(std::move(near))] {
            socket_ = std::make_unique<TcpSocket>(thread_.loop(), std::move(*fd));
            group_ = std::make_unique<TaskGroup>(thread_.loop());
        });
    }
    ~tcp_socket() override {
        on_loop([&] {
            group_.reset();
            socket_.reset();
        });
    }

    void on_loop(std::function<void()> const& job) {
        std::latch done(1);
        thread_.loop().post([&] {
            job();
            done.count_down();
        });
        done.wait();
    }
    std::string ended() {
        ended_.wait();
        on_loop([] {});  // until the task has left its group
        return seen_;
    }
    void wait(Direction direction, Deadline deadline) {
        on_loop([&] { group_->spawn(wait_once(*socket_, direction, deadline, seen_, ended_)); });
        on_loop([] {});  // the task has begun to wait
    }
    void receive() {
        on_loop([&] { group_->spawn(receive_once(*socket_, seen_, ended_)); });
        on_loop([] {});
    }

    std::string seen_;
    std::latch ended_{1};
    SystemClock clock_;
    UniqueFd far_;
    LoopThread thread_{clock_, "loop"};
    std::unique_ptr<TcpSocket> socket_;
    std::unique_ptr<TaskGroup> group_;
};

TEST_F(tcp_socket, waits_until_bytes_come) {
    wait(Direction::readable, no_deadline);
    ASSERT_EQ(::write(far_.get(), "x", 1), 1);
    EXPECT_EQ(ended(), "ready");
}

TEST_F(tcp_socket, notices_bytes_that_came_before_it_waits) {
    ASSERT_EQ(::write(far_.get(), "x", 1), 1);
    wait(Direction::readable, no_deadline);
    EXPECT_EQ(ended(), "ready");
}

TEST_F(tcp_socket, is_ready_when_the_other_end_has_gone) {
    wait(Direction::readable, no_deadline);
    far_ = UniqueFd();
    EXPECT_EQ(ended(), "ready");
}

TEST_F(tcp_socket, may_wait_for_room_to_write) {
    on_loop([&] {
        std::string const much(1 << 20, 'x');
        auto status = IoStatus::done;
        while (status == IoStatus::done) {
            Outgoing outgoing{much};
            status = socket_->send(outgoing).status;
        }
        EXPECT_EQ(status, IoStatus::would_block);
    });
    wait(Direction::writable, no_deadline);
    std::vector<char> sink(1 << 20);
    while (::read(far_.get(), sink.data(), sink.size()) > 0) {
    }
    EXPECT_EQ(ended(), "ready");
}

TEST_F(tcp_socket, gives_up_only_when_its_deadline_has_passed) {
    auto const deadline = clock_.monotonic_now() + seconds(100);
    wait(Direction::readable, deadline);
    on_loop([&] { socket_->expire(deadline - std::chrono::nanoseconds(1)); });
    EXPECT_FALSE(ended_.try_wait());
    on_loop([&] { socket_->expire(deadline); });
    EXPECT_EQ(ended(), "timed out");
    on_loop([&] { socket_->expire(no_deadline); });  // nobody waits: nothing happens
}

TEST_F(tcp_socket, can_be_woken) {
    wait(Direction::readable, no_deadline);
    on_loop([&] { socket_->wake(); });
    EXPECT_EQ(ended(), "woken");
    on_loop([&] { socket_->wake(); });
}

TEST_F(tcp_socket, throws_cancelled_out_of_a_wait) {
    wait(Direction::readable, no_deadline);
    on_loop([&] { group_->cancel(); });
    EXPECT_EQ(ended(), "cancelled");
}

TEST_F(tcp_socket, does_not_even_wait_in_a_cancelled_context) {
    on_loop([&] {
        group_->spawn(wait_once(*socket_, Direction::readable, no_deadline, seen_, ended_));
        group_->cancel();
    });
    EXPECT_EQ(ended(), "cancelled");
}

TEST_F(tcp_socket, receives_while_it_waits) {
    receive();
    ASSERT_EQ(::write(far_.get(), "hello", 5), 5);
    EXPECT_EQ(ended(), "ready 0 hell");
}

TEST_F(tcp_socket, receives_the_end) {
    receive();
    far_ = UniqueFd();
    EXPECT_EQ(ended(), fmt::format("ready {} ", static_cast<int>(IoStatus::closed)));
}

TEST_F(tcp_socket, keeps_the_bytes_that_came_just_before_it_was_woken) {
    receive();
    std::latch blocked(1);
    std::latch go_on(1);
    thread_.loop().post([&] {
        blocked.count_down();
        go_on.wait();
        socket_->wake();
    });
    blocked.wait();
    ASSERT_EQ(::write(far_.get(), "abcd", 4), 4);
    go_on.count_down();
    auto const seen = ended();
    // Either they were received, or they are still there.
    if (seen.starts_with("woken")) {
        std::array<std::byte, 4> into{};
        on_loop([&] { EXPECT_EQ(socket_->receive(into).bytes, 4U); });
    } else {
        EXPECT_EQ(seen, "ready 0 abcd");
    }
}

}  // namespace
}  // namespace filegate::net
