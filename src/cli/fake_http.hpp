#pragma once
// A scripted net::HttpClient for the tests of this folder: it reads the whole body, keeps what it
// was asked, and gives the next answer.

#include <deque>

#include "base/sim_loop.hpp"
#include "cli/verbs.hpp"

namespace filegate::cli {

struct SeenRequest {
    std::string method;
    std::string url;
    std::string authorization;
    std::string body;
};

class FakeHttp final : public net::HttpClient {
public:
    void answer(int status, std::string body) {
        answers_.emplace_back(net::ClientResponse{.status = status, .body = std::move(body)});
    }
    void fail(net::TransportFailure failure) {
        answers_.emplace_back(std::unexpected(std::move(failure)));
    }

    Task<net::ClientResult> send(net::ClientRequest request) override {
        SeenRequest seen{
            .method = request.method,
            .url = request.url,
            .authorization = std::string(request.headers.find("Authorization").value_or("")),
            .body = {}};
        if (request.body != nullptr) {
            auto const body = co_await read_body(request);
            if (!body) co_return std::unexpected(reading_failed(body.error()));
            seen.body = *body;
        }
        requests.push_back(std::move(seen));
        if (answers_.empty()) co_return net::ClientResponse{.status = 500, .body = "unscripted"};
        auto result = std::move(answers_.front());
        answers_.pop_front();
        if (result && request.sink && result->status == 200) {
            auto const body = std::exchange(result->body, {});
            if (!request.sink(std::as_bytes(std::span(body)))) {
                co_return std::unexpected(net::TransportFailure{
                    .stage = net::TransportFailure::Stage::receiving, .message = "aborted"});
            }
        }
        co_return result;
    }

    std::vector<SeenRequest> requests;

private:
    static net::TransportFailure reading_failed(Error const& error) {
        return {.stage = net::TransportFailure::Stage::reading_body, .message = error.message};
    }

    static Task<Result<std::string>> read_body(net::ClientRequest const& request) {
        CO_TRY(auto const source, co_await request.body->open(0));
        CO_TRY(auto text, co_await read_all(*source, 64 << 20));
        if (request.on_sent_bytes) request.on_sent_bytes(text.size());
        co_return text;
    }

    std::deque<net::ClientResult> answers_;
};

// A console that keeps what it is given.
class Captured {
public:
    Console console() {
        return {.out =
                    [this](std::string_view text) {
                        out += text;
                        return !is_full;
                    },
                .err = [this](std::string_view text) { err += text; },
                .progress_columns = {}};
    }

    std::string out;
    std::string err;
    bool is_full = false;
};

// What a server answers about a file.
inline std::string file_json(std::string const& id, std::string const& extra = "") {
    return R"({"id":")" + id +
           R"(","object":"file","bytes":5,"created_at":1767323045,"expires_at":null,)"
           R"("filename":"a b.txt","purpose":"assistants","status":"processed",)"
           R"("status_details":null,"filegate":{"sha256":)"
           R"("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",)"
           R"("mime_type":"text/plain","deduplicated":false,"placements":[)" +
           extra + "]}}";
}

inline std::string placement_json() {
    return R"({"provider":"kimi","account":"kimi","provider_file_id":"cq1",)"
           R"("purpose":"file-extract","status":"completed","expires_at":null})";
}

inline std::string error_json(int code, std::string const& message,
                              std::string const& file_id = "") {
    auto const id = file_id.empty() ? std::string("null") : "\"" + file_id + "\"";
    return fmt::format(
        R"({{"error":{{"message":"{}","type":"x","param":null,"code":"y","filegate":{{)"
        R"("error_code":"{}","error_name":"Z","provider":null,"file_id":{},"request_id":"req-1",)"
        R"("retry_after_s":null}}}}}})",
        message, code, id);
}

}  // namespace filegate::cli
