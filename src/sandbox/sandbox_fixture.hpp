#pragma once
// For the tests of this folder: a sandbox on simulated time and requests made by hand.

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "sandbox/control.hpp"
#include "sandbox/sandbox.hpp"

namespace filegate::sandbox {

inline constexpr std::string_view form_content_type = "multipart/form-data; boundary=xyz";

struct FormFile {
    std::string filename = "report.txt";
    std::string content = "hello";
    std::string content_type = "text/plain";  // empty: no such line
};

inline std::string field_part(std::string_view name, std::string_view value) {
    return fmt::format("--xyz\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name,
                       value);
}

inline std::string file_head(FormFile const& file) {
    auto const type =
        file.content_type.empty() ? "" : fmt::format("Content-Type: {}\r\n", file.content_type);
    return fmt::format(
        "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n{}\r\n",
        file.filename, type);
}

inline std::string file_part(FormFile const& file) {
    return file_head(file) + file.content + "\r\n";
}

inline std::string upload_form(std::string_view purpose, FormFile const& file) {
    return field_part("purpose", purpose) + file_part(file) + "--xyz--\r\n";
}

struct Sent {
    std::string method = "GET";
    std::string target;
    net::Headers headers = {{"Authorization", "Bearer sk-test"}};
    std::optional<std::string> body = {};
    ByteSource* source = nullptr;  // instead of `body`
};

struct Answer {
    int status = 0;
    net::Headers headers;
    std::string text;
    std::optional<std::uint64_t> announced_bytes;  // of an answer that is streamed
    bool is_cut = false;

    boost::json::value json() const { return boost::json::parse(text); }
    std::string id() const { return std::string(json().at("id").as_string()); }
    boost::json::value error() const { return json().at("error"); }
    std::string message() const { return std::string(error().at("message").as_string()); }
};

class SandboxBed {
public:
    explicit SandboxBed(SandboxOptions options = {},
                        std::vector<contracts::Contract> contracts = contracts::builtin_contracts())
        : contracts_(contracts), sandbox_(std::move(contracts), loop_, std::move(options)) {}

    Answer send(Sent sent) {
        MemorySource memory(sent.body.value_or(""));
        net::ServerRequest request{.method = std::move(sent.method),
                                   .target = sent.target,
                                   .path = sent.target.substr(0, sent.target.find('?')),
                                   .headers = std::move(sent.headers),
                                   .id = RequestId("req-1")};
        if (auto const mark = sent.target.find('?'); mark != std::string::npos) {
            request.query = sent.target.substr(mark + 1);
        }
        if (sent.body || sent.source != nullptr) {
            request.has_body = true;
            request.body = sent.source != nullptr ? sent.source : &memory;
            if (sent.body) request.content_length = sent.body->size();
        }
        auto response = loop_.run_task(sandbox_.handle(request));
        Answer answer{.status = response.status,
                      .headers = std::move(response.headers),
                      .is_cut = response.is_cut};
        if (auto* const streamed = std::get_if<net::StreamedBody>(&response.body)) {
            answer.announced_bytes = streamed->size_bytes;
            answer.text = *loop_.run_task(read_all(*streamed->source, 1 << 20));
        } else {
            answer.text = std::get<std::string>(std::move(response.body));
        }
        return answer;
    }

    Answer get(std::string_view provider, std::string_view rest) {
        return send({.target = path(provider, rest)});
    }
    Answer remove(std::string_view provider, std::string_view id) {
        return send({.method = "DELETE", .target = path(provider, fmt::format("/files/{}", id))});
    }
    Answer upload(std::string_view provider, std::string_view purpose, FormFile const& file = {}) {
        return post(provider, upload_form(purpose, file));
    }
    Answer post(std::string_view provider, std::string body,
                std::string_view content_type = form_content_type) {
        return send({.method = "POST",
                     .target = path(provider, "/files"),
                     .headers = {{"Authorization", "Bearer sk-test"},
                                 {"Content-Type", std::string(content_type)}},
                     .body = std::move(body)});
    }
    // Under whichever purpose the provider takes a PDF.
    Answer upload_anything(std::string_view provider, std::string authorization = "Bearer sk-test",
                           net::Headers headers = {}, ByteSource* source = nullptr) {
        auto const purpose = provider.starts_with("kimi") ? "file-extract" : "user_data";
        headers.add("Authorization", std::move(authorization));
        headers.add("Content-Type", std::string(form_content_type));
        return send({.method = "POST",
                     .target = path(provider, "/files"),
                     .headers = std::move(headers),
                     .body = upload_form(purpose, {.filename = "a.pdf"}),
                     .source = source});
    }
    Answer set_faults(std::string list) {
        return send({.method = "POST", .target = "/_sandbox/faults", .body = std::move(list)});
    }
    // As one writes it on the command line; in the place of those before.
    void set_fault(std::string_view flag) {
        auto const fault = parse_fault_flag(flag);
        FG_CHECK(fault.has_value(), "the test writes a fault as it should be");
        auto const set =
            set_faults(boost::json::serialize(faults_object(std::span(&*fault, 1)).at("faults")));
        FG_CHECK(set.status == 200, "the sandbox takes its own account of a fault");
    }
    boost::json::value state() { return send({.target = "/_sandbox/state"}).json(); }
    std::size_t file_count(std::string_view provider) {
        return state().at("providers").at(provider).at("files").as_array().size();
    }

    std::string path(std::string_view provider, std::string_view rest) const {
        return contract(provider).sandbox_path + std::string(rest);
    }
    contracts::Contract const& contract(std::string_view provider) const {
        auto const found = std::ranges::find_if(
            contracts_, [&](auto const& contract) { return contract.name.text() == provider; });
        FG_CHECK(found != contracts_.end(), "the test names a provider that is imitated");
        return *found;
    }
    SimLoop& loop() { return loop_; }
    Sandbox& sandbox() { return sandbox_; }

private:
    SimLoop loop_;
    std::vector<contracts::Contract> contracts_;
    Sandbox sandbox_;
};

// A built-in contract, to be changed by the test.
inline contracts::Contract builtin(std::string_view provider) {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name.text() == provider) return contract;
    }
    FG_CHECK(false, "the test names a built-in provider");
}

}  // namespace filegate::sandbox
