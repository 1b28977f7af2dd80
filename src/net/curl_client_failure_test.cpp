// Each way an exchange can break, and what the client says about how far it had got.

#include "net/curl_client_fixture.hpp"
#include "net/curl_transfer.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t large_bytes = 8 << 20;  // more than both sockets' buffers hold

TEST(stage_of_exchange, is_the_last_thing_that_is_known) {
    struct Case {
        ExchangeProgress progress;
        Stage stage;
    };
    std::vector<Case> const cases{
        {{}, Stage::connecting},
        {{.body_bytes = 5}, Stage::connecting},
        {{.is_request_begun = true}, Stage::awaiting_answer},
        {{.is_request_begun = true, .body_bytes = 5}, Stage::sending},
        {{.is_request_begun = true, .body_bytes = 5, .body_sent_bytes = 4}, Stage::sending},
        {{.is_request_begun = true, .body_bytes = 5, .body_sent_bytes = 5}, Stage::awaiting_answer},
        {{.is_request_begun = true, .body_bytes = 5, .is_answer_begun = true}, Stage::receiving},
        {{.is_request_begun = true, .is_answer_begun = true}, Stage::receiving},
    };
    for (auto const& [progress, stage] : cases)
        EXPECT_EQ(stage_of(progress), stage);
}

TEST_F(curl_client, a_refused_connection_is_told_from_all_else) {
    std::string url;
    {
        ScriptedServer const server([](ScriptedConnection&) {});
        url = server.url();
    }
    MemoryBody const body("hello");
    auto const failure = failure_of(post(url, body));
    EXPECT_EQ(failure.stage, Stage::connecting);
    EXPECT_FALSE(failure.is_timeout);
    EXPECT_FALSE(failure.is_tls);
}

TEST_F(curl_client, an_address_that_makes_no_sense_is_a_failure_to_connect) {
    for (std::string const url : {"", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/",
                                  "http://a b/", "file:///etc/passwd"})
        EXPECT_EQ(failure_of(get(url)).stage, Stage::connecting) << url;
}

TEST_F(curl_client, a_connection_that_does_not_come_about_times_out) {
    FullServer const server;
    auto request = get(server.url());
    request.connect_timeout = seconds(1);
    auto const failure = failure_of(request);
    EXPECT_EQ(failure.stage, Stage::connecting);
    EXPECT_TRUE(failure.is_timeout);
}

TEST_F(curl_client, a_connection_that_breaks_during_the_body_is_a_failure_to_send) {
    ScriptedBody const body(some_bytes(large_bytes));
    for (std::size_t const bytes : {0UL, 1UL, 65'536UL, 1'000'000UL}) {
        ScriptedServer const server([&](ScriptedConnection& connection) {
            connection.read_head();
            if (bytes > 0) connection.send("HTTP/1.1 100 Continue\r\n\r\n");
            connection.read_body(bytes);
            connection.reset();
        });
        auto const failure = failure_of(post(server.url(), body));
        EXPECT_EQ(failure.stage, Stage::sending) << bytes << ": " << failure.message;
        EXPECT_FALSE(failure.is_timeout);
        EXPECT_EQ(body.open_sources(), 0);
    }
}

TEST_F(curl_client, a_server_that_swallows_the_request_and_goes_may_have_acted) {
    ScriptedBody const large(some_bytes(large_bytes));
    ScriptedBody const small("hello");
    for (bool const is_reset : {false, true}) {
        for (auto const* const body : {&large, &small}) {
            ScriptedServer const server([&](ScriptedConnection& connection) {
                connection.read_head();
                connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                connection.read_body(body->bytes().size());
                if (is_reset) connection.reset();
            });
            auto const failure = failure_of(post(server.url(), *body));
            EXPECT_EQ(failure.stage, Stage::awaiting_answer) << failure.message;
            EXPECT_EQ(server.connection_count(), 1U);
        }
    }
}

TEST_F(curl_client, a_bare_request_without_an_answer_may_have_been_acted_upon) {
    for (std::string const method : {"GET", "POST", "DELETE"}) {
        ScriptedServer const server([](ScriptedConnection& connection) { connection.read_head(); });
        auto request = get(server.url());
        request.method = method;
        EXPECT_EQ(failure_of(request).stage, Stage::awaiting_answer);
    }
}

TEST_F(curl_client, an_answer_that_breaks_off_is_a_failure_to_receive) {
    for (std::string const answer :
         {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
          "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"}) {
        ScriptedServer const server([&](ScriptedConnection& connection) {
            connection.read_head();
            connection.send(answer);
        });
        EXPECT_EQ(failure_of(get(server.url())).stage, Stage::receiving) << answer;
    }
}

TEST_F(curl_client, an_answer_without_a_status_is_none) {
    for (std::string const answer :
         {"HTTP/1.1 2", "HTTP/1.1 100 Continue\r\n\r\n", "<html>what?</html>", "SSH-2.0-x\r\n"}) {
        ScriptedServer const server([&](ScriptedConnection& connection) {
            connection.read_head();
            connection.send(answer);
        });
        EXPECT_EQ(failure_of(get(server.url())).stage, Stage::awaiting_answer) << answer;
    }
}

TEST_F(curl_client, a_large_body_waits_for_leave_and_is_spared_by_a_refusal) {
    std::atomic<std::size_t> body_bytes = 0;
    ScriptedBody const body(some_bytes((1 << 20) + 1));
    ScriptedServer const server([&](ScriptedConnection& connection) {
        EXPECT_TRUE(connection.read_head().contains("Expect: 100-continue\r\n"));
        connection.send(answer_with("413 Too Large", "no"));
        body_bytes = connection.read_body(large_bytes).size();
    });
    EXPECT_EQ(answer_to(post(server.url(), body)).status, 413);
    client_.reset();
    EXPECT_EQ(body_bytes, 0U);
}

TEST_F(curl_client, a_server_that_gives_no_leave_gets_the_body_after_a_second) {
    ScriptedBody const body(some_bytes((1 << 20) + 1));
    ScriptedServer const server([&](ScriptedConnection& connection) {
        EXPECT_TRUE(connection.read_head().contains("Expect: 100-continue\r\n"));
        EXPECT_TRUE(connection.read_body(body.bytes().size()) == body.bytes());
        connection.send(answer_with("200 OK", "late"));
    });
    EXPECT_EQ(answer_to(post(server.url(), body)).body, "late");
}

TEST_F(curl_client, an_answer_that_comes_while_the_body_flows_is_the_answer) {
    enum class Then : std::uint8_t { keep_open, finish, close };
    ScriptedBody const body(some_bytes(large_bytes));
    for (std::size_t bytes_read = 0; bytes_read < 2'000'000; bytes_read += 40'000) {
        for (auto const then : {Then::keep_open, Then::finish, Then::close}) {
            ScriptedServer const server([&](ScriptedConnection& connection) {
                connection.read_head();
                connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                connection.read_body(bytes_read);
                connection.send(answer_with("413 Too Large", "no"));
                if (then == Then::close) return;  // resets: what we send is unread
                if (then == Then::finish) connection.finish_sending();
                connection.is_closed_by_client();
            });
            auto const answer = answer_to(post(server.url(), body));
            ASSERT_EQ(answer.status, 413) << bytes_read;
            EXPECT_EQ(answer.body, "no");
            EXPECT_EQ(body.open_sources(), 0);
        }
    }
}

TEST_F(curl_client, a_good_answer_before_the_body_is_over_does_not_stop_the_body) {
    ScriptedBody const body(some_bytes(large_bytes));
    std::atomic<bool> is_all = false;
    ScriptedServer const server([&](ScriptedConnection& connection) {
        connection.read_head();
        connection.send(answer_with("200 OK", "eager"));
        is_all = connection.read_body(body.bytes().size()) == body.bytes();
        connection.is_closed_by_client();
    });
    EXPECT_EQ(answer_to(post(server.url(), body)).body, "eager");
    client_.reset();
}

// The connection that was kept dies when it is used again.
std::vector<Script> dying_on_reuse(std::size_t body_bytes_read, Script second) {
    return {[=](ScriptedConnection& connection) {
                connection.read_whole_request();
                connection.send(answer_with("200 OK", "first"));
                connection.read_head();
                connection.read_body(body_bytes_read);
            },
            std::move(second)};
}

TEST_F(curl_client, a_request_that_may_have_been_acted_upon_is_not_sent_again) {
    ScriptedServer const server(dying_on_reuse(5, answering(answer_with("200 OK", "twice"))));
    MemoryBody const body("hello");
    EXPECT_EQ(answer_to(get(server.url())).body, "first");
    auto const failure = failure_of(post(server.url(), body));
    EXPECT_EQ(failure.stage, Stage::awaiting_answer) << failure.message;
}

TEST_F(curl_client, a_bodiless_post_is_not_sent_again_either) {
    ScriptedServer const server(dying_on_reuse(0, answering(answer_with("200 OK", "twice"))));
    EXPECT_EQ(answer_to(get(server.url())).body, "first");
    auto request = get(server.url());
    request.method = "POST";
    EXPECT_EQ(failure_of(request).stage, Stage::awaiting_answer);
}

TEST_F(curl_client, a_request_that_may_be_repeated_survives_a_connection_that_died) {
    ScriptedServer const server(dying_on_reuse(0, answering(answer_with("200 OK", "second"))));
    EXPECT_EQ(answer_to(get(server.url())).body, "first");
    EXPECT_EQ(answer_to(get(server.url())).body, "second");
}

TEST_F(curl_client, a_put_that_is_sent_again_begins_at_its_first_byte) {
    ScriptedBody const body(some_bytes(300'000));
    ScriptedServer const server(dying_on_reuse(body.bytes().size(), [&](ScriptedConnection& again) {
        auto const request = again.read_whole_request();
        EXPECT_TRUE(request.ends_with("\r\n\r\n" + body.bytes()));
        again.send(answer_with("200 OK", "second"));
    }));
    EXPECT_EQ(answer_to(get(server.url())).body, "first");
    auto request = post(server.url(), body);
    request.method = "PUT";
    EXPECT_EQ(answer_to(request).body, "second");
    EXPECT_EQ(body.times_opened(), 2);
    EXPECT_EQ(body.open_sources(), 0);
}

TEST_F(curl_client, a_post_whose_body_had_not_been_sent_is_sent_again) {
    ScriptedBody const body(some_bytes(2 << 20));
    ScriptedServer const server(dying_on_reuse(0, [&](ScriptedConnection& again) {
        again.read_head();
        again.send("HTTP/1.1 100 Continue\r\n\r\n");
        EXPECT_TRUE(again.read_body(body.bytes().size()) == body.bytes());
        again.send(answer_with("200 OK", "second"));
    }));
    EXPECT_EQ(answer_to(get(server.url())).body, "first");
    EXPECT_EQ(answer_to(post(server.url(), body)).body, "second");
}

TEST_F(curl_client, a_body_that_cannot_be_read_is_our_own_failure) {
    struct Case {
        ScriptedBody::Behaviour behaviour;
        std::string_view message;
    };
    std::vector<Case> const cases{
        {{.is_openable = false}, "the blob is gone"},
        {{.fail_at = 0}, "on fire"},
        {{.fail_at = 1}, "on fire"},
        {{.fail_at = 4'000'000}, "on fire"},
        {{.fail_at = 8'300'000}, "on fire"},
        {{.end_at = 0}, "ended 8388608 bytes before"},
        {{.end_at = large_bytes - 1}, "ended 1 bytes before"},
    };
    for (auto const& [behaviour, message] : cases) {
        ScriptedServer const server([](ScriptedConnection& connection) {
            connection.read_head();
            connection.send("HTTP/1.1 100 Continue\r\n\r\n");
            connection.is_closed_by_client();
        });
        ScriptedBody const body(some_bytes(large_bytes), behaviour);
        auto const failure = failure_of(post(server.url(), body));
        EXPECT_EQ(failure.stage, Stage::reading_body);
        EXPECT_TRUE(failure.message.contains(message)) << failure.message;
        EXPECT_FALSE(failure.is_timeout);
        EXPECT_EQ(body.open_sources(), 0);
    }
}

}  // namespace
}  // namespace filegate::net
