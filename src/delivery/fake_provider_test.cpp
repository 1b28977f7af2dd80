#include "delivery/fake_provider.hpp"

#include "base/deadline.hpp"
#include "net/url.hpp"

namespace filegate::delivery {
namespace {

struct Form {
    std::string purpose;
    std::string filename;
    std::string mime_type;
    std::string content;
};

std::string take_until(std::string& text, std::string const& end) {
    auto const at = text.find(end);
    EXPECT_NE(at, std::string::npos) << "missing: " << end;
    if (at == std::string::npos) return {};
    auto const taken = text.substr(0, at);
    text.erase(0, at + end.size());
    return taken;
}

void expect_front(std::string& text, std::string const& front) {
    EXPECT_TRUE(text.starts_with(front)) << "expected: " << front << "\nfound: " << text;
    text.erase(0, front.size());
}

// Exactly the layout that the OpenAI SDKs send, purpose first.
Form read_form(net::ClientRequest const& request, std::string body) {
    auto const type = std::string(request.headers.find("content-type").value_or(""));
    std::string const start = "multipart/form-data; boundary=";
    EXPECT_TRUE(type.starts_with(start)) << type;
    auto const boundary = type.substr(std::min(start.size(), type.size()));
    Form form;
    expect_front(body, "--" + boundary + "\r\n");
    expect_front(body, "Content-Disposition: form-data; name=\"purpose\"\r\n\r\n");
    form.purpose = take_until(body, "\r\n--" + boundary + "\r\n");
    expect_front(body, "Content-Disposition: form-data; name=\"file\"; filename=\"");
    form.filename = take_until(body, "\"\r\n");
    expect_front(body, "Content-Type: ");
    form.mime_type = take_until(body, "\r\n\r\n");
    form.content = take_until(body, "\r\n--" + boundary + "--\r\n");
    EXPECT_EQ(body, "") << "bytes after the closing boundary";
    return form;
}

std::string json_of(StoredCopy const& copy, std::size_t bytes, std::string const& status) {
    return fmt::format(R"({{"id":"{}","object":"file","bytes":{},"created_at":{},)"
                       R"("filename":"{}","purpose":"{}","status":"{}"}})",
                       copy.id, bytes, unix_seconds(copy.created_at), copy.filename, copy.purpose,
                       status);
}

net::ClientResult answer_of(int status, std::string body) {
    return net::ClientResponse{status, {{"Content-Type", "application/json"}}, std::move(body)};
}

std::pair<std::string, std::string> host_and_path(std::string const& url) {
    auto const host_at = url.find("://") + 3;
    auto const path_at = url.find('/', host_at);
    return {url.substr(host_at, path_at - host_at), url.substr(path_at)};
}

Task<Result<std::string>> read_in_odd_steps(ReopenableBody const& body, std::size_t bytes_max) {
    CO_TRY(auto const source, co_await body.open(0));
    std::string text;
    std::array<std::byte, 37> step{};
    while (text.size() < bytes_max) {
        CO_TRY(auto const count, co_await source->read(step));
        if (count == 0) break;
        text.append(reinterpret_cast<char const*>(step.data()), count);
    }
    co_return text;
}

// The key as it is; a signed token where the key is `id.secret`.
void check_authorization(net::ClientRequest const& request, std::string const& host) {
    auto const sent = request.headers.find("authorization").value_or("");
    auto const is_key =
        sent == "Bearer key-of-" + host || sent == "Bearer id-of-" + host + ".secret";
    auto const is_token = sent.starts_with("Bearer eyJ") && std::ranges::count(sent, '.') == 2;
    EXPECT_TRUE(is_key || is_token) << sent;
}

std::string transport_of(net::ClientRequest const& request) {
    if (request.is_fresh_connection) return "plain";
    return request.headers.find("authorization").value_or("").starts_with("Bearer eyJ") ? "native"
                                                                                        : "openai";
}

std::string place_of(Account const& account, WirePurpose const& purpose) {
    return fmt::format("{}/{}/{}", account.contract->name.text(), account.name.text(),
                       purpose.text());
}

}  // namespace

FakeFault answers(int status, std::string body, net::Headers headers) {
    return {.kind = FakeFault::Kind::answer,
            .answer = {status, std::move(headers), std::move(body)}};
}

FakeFault breaks(net::TransportFailure::Stage stage, bool is_timeout) {
    return {.kind = FakeFault::Kind::transport,
            .transport = {.stage = stage, .is_timeout = is_timeout, .message = "scripted"}};
}

FakeFault fault(FakeFault::Kind kind) {
    return {.kind = kind};
}

FakeFault FakeProvider::next_fault(std::string const& host, std::string const& method,
                                   std::string const& transport) {
    auto const key = host + method;
    ++calls_[key];
    ++calls_[host + "/" + transport + method];
    auto const down = down_.find(host + "/" + transport);
    if (method == "POST" && down != down_.end()) return down->second;
    auto& scripted = faults_[key];
    if (scripted.empty()) return fault_by_chance ? fault_by_chance(method) : FakeFault();
    auto next = std::move(scripted.front());
    scripted.pop_front();
    return next;
}

Task<net::ClientResult> FakeProvider::send(net::ClientRequest request) {
    auto const [host, path] = host_and_path(request.url);
    check_authorization(request, host);
    auto const next = next_fault(host, request.method, transport_of(request));
    if (clock_.monotonic_now() + latency > request.deadline || next.kind == FakeFault::Kind::hang) {
        EXPECT_NE(request.deadline, no_deadline) << "a request without a deadline may hang";
        co_await sleep_until(std::max(request.deadline, clock_.monotonic_now()));
        co_return std::unexpected(breaks(net::TransportFailure::Stage::sending, true).transport);
    }
    co_await sleep_for(latency);
    if (next.kind == FakeFault::Kind::answer) co_return next.answer;
    if (next.kind == FakeFault::Kind::transport) co_return std::unexpected(next.transport);
    auto result = net::ClientResult(answer_of(404, "{}"));
    if (request.method == "POST") {
        result = co_await upload(host, request, next);
    } else if (request.method == "GET") {
        result = list(host);
    } else if (request.method == "DELETE") {
        result = remove(host, path.substr(path.rfind('/') + 1));
    }
    request.body = nullptr;
    seen.push_back(std::move(request));
    co_return result;
}

Task<net::ClientResult> FakeProvider::upload(std::string host, net::ClientRequest const& request,
                                             FakeFault fault) {
    using Kind = FakeFault::Kind;
    using Stage = net::TransportFailure::Stage;
    auto const is_half = fault.kind == Kind::read_half;
    auto const bytes_max = static_cast<std::size_t>(request.body->size_bytes()) / (is_half ? 2 : 1);
    auto const body = co_await read_in_odd_steps(*request.body, bytes_max);
    if (!body) {
        co_return std::unexpected(
            net::TransportFailure{.stage = Stage::reading_body, .message = body.error().message});
    }
    if (is_half) co_return std::unexpected(breaks(Stage::sending).transport);
    EXPECT_EQ(body->size(), request.body->size_bytes()) << "not the announced Content-Length";
    auto const form = read_form(request, *body);
    if (refused_purposes.contains(form.purpose)) {
        co_return answer_of(400, fmt::format(R"({{"error":{{"message":"Invalid purpose: {}",)"
                                             R"("type":"invalid_request_error"}}}})",
                                             form.purpose));
    }
    StoredCopy copy{host,
                    fmt::format("file_{}", ++last_id_),
                    form.filename,
                    form.mime_type,
                    form.purpose,
                    form.content,
                    clock_.wall_now()};
    if (renames)
        copy.filename.insert(std::min(copy.filename.rfind('.'), copy.filename.size()), " (1)");
    copies.push_back(copy);
    if (fault.kind == Kind::lost_answer) {
        co_return std::unexpected(breaks(Stage::awaiting_answer).transport);
    }
    if (fault.kind == Kind::no_id) co_return answer_of(200, R"({"object":"file"})");
    auto const told = copy.content.size() - (fault.kind == Kind::wrong_bytes ? 1 : 0);
    co_return answer_of(200,
                        json_of(copy, told, fault.kind == Kind::failed_status ? "error" : "ok"));
}

net::ClientResult FakeProvider::list(std::string const& host) {
    std::vector<std::string> entries;
    for (auto const& copy : copies) {
        if (copy.host == host) entries.push_back(json_of(copy, copy.content.size(), "ok"));
    }
    return answer_of(200,
                     fmt::format(R"({{"object":"list","data":[{}]}})", fmt::join(entries, ",")));
}

net::ClientResult FakeProvider::remove(std::string const& host, std::string const& id) {
    auto const count = std::erase_if(
        copies, [&](StoredCopy const& copy) { return copy.host == host && copy.id == id; });
    if (count == 0) return answer_of(404, R"({"error":{"message":"No such File object"}})");
    return answer_of(200, R"({"deleted":true})");
}

Task<Result<void>> FakeJournal::step() {
    auto const number = ++catalog_.calls;
    co_await sleep_for(catalog_.latency);
    if (number == catalog_.failing_call) {
        co_return fail(ErrorCode::database_error, "scripted");
    }
    co_return Result<void>();
}

std::string FakeJournal::key(Account const& account, WirePurpose const& purpose) const {
    return place_of(account, purpose) + "/" + sha256_.hex();
}

Task<Result<bool>> FakeJournal::reuse(Account const& account, WirePurpose const& purpose) {
    CO_TRY(co_await step());
    co_return catalog_.live.contains(key(account, purpose));
}

Task<Result<OpenIntent>> FakeJournal::begin(Account const& account, WirePurpose const& purpose) {
    CO_TRY(co_await step());
    OpenIntent const intent{IntentId(fmt::format("int-{:06}", ++catalog_.last_intent)), filename_,
                            bytes_, clock_.wall_now()};
    catalog_.open_intents.emplace(
        intent.id, FakeIntent{key(account, purpose), place_of(account, purpose), intent});
    co_return intent;
}

Task<Result<void>> FakeJournal::finish(IntentId const& intent, Placed const& placed) {
    CO_TRY(co_await step());
    auto const where = key(*placed.account, placed.purpose);
    if (catalog_.before_finish) catalog_.before_finish(where);
    EXPECT_EQ(catalog_.open_intents.at(intent).key, where);
    EXPECT_EQ(placed.sha256, sha256_);
    if (!catalog_.live.emplace(where, placed).second) {
        co_return fail(ErrorCode::concurrent_upload, "another node was faster");
    }
    catalog_.open_intents.erase(intent);
    co_return Result<void>();
}

Task<Result<void>> FakeJournal::abandon(IntentId const& intent) {
    CO_TRY(co_await step());
    EXPECT_EQ(catalog_.open_intents.erase(intent), 1);
    co_return Result<void>();
}

Task<Result<void>> FakeJournal::discard(IntentId const& intent, Placed const& placed) {
    CO_TRY(co_await step());
    EXPECT_EQ(catalog_.open_intents.erase(intent), 1);
    catalog_.discarded.push_back(placed);
    co_return Result<void>();
}

Task<Result<std::vector<OpenIntent>>> FakeJournal::left_open(Account const& account,
                                                             WirePurpose const& purpose) {
    CO_TRY(co_await step());
    std::vector<OpenIntent> open;
    for (auto const& [id, one] : catalog_.open_intents) {
        if (one.key == key(account, purpose)) open.push_back(one.intent);
    }
    co_return open;
}

Task<Result<CopyKnowledge>> FakeJournal::knowledge_of(Account const& account,
                                                      WirePurpose const& purpose,
                                                      OpenIntent const& own,
                                                      std::vector<ProviderFileId> listed) {
    CO_TRY(co_await step());
    CopyKnowledge knowledge;
    for (auto const& [where, placed] : catalog_.live) {
        auto const is_here = where.starts_with(account.contract->name.text() + "/");
        if (is_here && std::ranges::find(listed, placed.file.id) != listed.end()) {
            knowledge.recorded.insert(placed.file.id);
        }
    }
    for (auto const& [id, one] : catalog_.open_intents) {
        auto const is_alike = one.place == place_of(account, purpose) &&
                              one.key != key(account, purpose) && one.intent.bytes == own.bytes &&
                              names_may_be_equal(one.intent.filename, own.filename);
        if (!is_alike) continue;
        knowledge.newest_rival_at =
            std::max(knowledge.newest_rival_at.value_or(WallTime()), one.intent.started_at);
    }
    co_return knowledge;
}

Task<Result<void>> FakeJournal::remember_purpose(Account const& account, Purpose const& asked,
                                                 WirePurpose const& worked) {
    CO_TRY(co_await step());
    catalog_.remembered[account.contract->name.text() + "/" + asked.text()] = worked.text();
    co_return Result<void>();
}

}  // namespace filegate::delivery
