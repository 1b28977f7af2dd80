#include "cli/verbs.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "cli/fake_http.hpp"

namespace filegate::cli {
namespace {

using Stage = net::TransportFailure::Stage;
namespace fs = std::filesystem;

class Verbs : public testing::Test {
protected:
    Verbs() { tools.scratch_folder = folder.string(); }

    std::string write(std::string const& name, std::string const& text) {
        fs::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << text;
        return path(name);
    }
    std::string path(std::string const& name) const { return (folder / name).string(); }
    static std::string text_of(std::string const& file) {
        std::ifstream stream(file);
        std::stringstream text;
        text << stream.rdbuf();
        return text.str();
    }
    std::size_t files_in_folder() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }
    int run(Task<int> task) { return loop.run_task(std::move(task)); }

    SimLoop loop;
    FakeHttp http;
    WorkerPool workers{"test", 0};
    Captured captured;
    Console console = captured.console();
    ScratchFolder scratch;
    fs::path const folder = scratch.path();
    ClientTools tools{.http = http, .workers = workers, .clock = loop, .console = console};
};

TEST_F(Verbs, upload_sends_the_file_with_its_wishes) {
    http.answer(200, file_json("file-1", placement_json()));
    UploadCommand command{.paths = {write("a b&.txt", "hello")}};
    command.server.token = Secret("tok");
    command.wish = {.purpose = "vision",
                    .provider = "kimi,glm",
                    .deliver = "later",
                    .expires_after = seconds(3600)};
    EXPECT_EQ(run(upload(command, tools)), 0);
    ASSERT_EQ(http.requests.size(), 1);
    EXPECT_EQ(http.requests[0].method, "PUT");
    EXPECT_EQ(http.requests[0].url,
              "http://127.0.0.1:8787/v1/files?filename=a%20b%26.txt&purpose=vision&"
              "provider=kimi%2Cglm&deliver=later&expires_after%5Bseconds%5D=3600");
    EXPECT_EQ(http.requests[0].authorization, "Bearer tok");
    EXPECT_EQ(http.requests[0].body, "hello");
    EXPECT_EQ(captured.out, "a b.txt  file-1  5  -> kimi:cq1\n");
    EXPECT_EQ(captured.err, "");
}

TEST_F(Verbs, upload_without_a_token_sends_no_authorization) {
    http.answer(200, file_json("file-1"));
    EXPECT_EQ(run(upload({.paths = {write("a", "x")}}, tools)), 0);
    EXPECT_EQ(http.requests[0].authorization, "");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/files?filename=a");
}

TEST_F(Verbs, one_bad_file_fails_alone_and_the_first_failure_decides_the_exit_code) {
    http.answer(200, file_json("file-1"));
    http.answer(502, error_json(3006, "no luck", "file-2"));
    http.answer(413, error_json(1003, "too large"));
    UploadCommand const command{
        .paths = {write("a", "1"), write("b", "2"), path("absent"), write("c", "3")}};
    EXPECT_EQ(run(upload(command, tools)), 30);
    EXPECT_EQ(http.requests.size(), 3);
    EXPECT_EQ(std::ranges::count(captured.out, '\n'), 1);
    EXPECT_EQ(captured.err,
              "filegate: " + path("b") +
                  ": no luck (UPLOAD_FAILED, request id req-1); the file is kept: try again with "
                  "`filegate deliver file-2`\n"
                  "filegate: " +
                  path("absent") +
                  ": cannot be opened: No such file or directory (INVALID_PATH)\n"
                  "filegate: " +
                  path("c") + ": too large (FILE_TOO_LARGE, request id req-1)\n");
}

TEST_F(Verbs, upload_as_json_writes_one_line_per_file_also_for_failures) {
    http.answer(200, file_json("file-1"));
    UploadCommand const command{.paths = {write("a", "1"), path("absent")}, .is_json = true};
    EXPECT_EQ(run(upload(command, tools)), 10);
    std::istringstream lines(captured.out);
    std::string first;
    std::string second;
    std::getline(lines, first);
    std::getline(lines, second);
    EXPECT_TRUE(first.starts_with("{\"id\":\"file-1\",")) << first;
    EXPECT_TRUE(first.ends_with("/a\"}")) << first;
    EXPECT_NE(second.find("/absent\",\"error\":{\"error_code\":\"1005\""), std::string::npos);
    EXPECT_EQ(std::ranges::count(captured.out, '\n'), 2);
}

TEST_F(Verbs, without_a_server_the_rest_is_not_tried_and_the_user_is_told_how_to_start_one) {
    http.fail({.stage = Stage::connecting, .message = "Connection refused"});
    EXPECT_EQ(run(upload({.paths = {write("a", "1"), write("b", "2"), write("c", "3")}}, tools)),
              90);
    EXPECT_EQ(http.requests.size(), 1);
    EXPECT_EQ(captured.err,
              "filegate: " + path("a") +
                  ": cannot reach http://127.0.0.1:8787: Connection refused (NETWORK_ERROR); start "
                  "one with `filegate serve`\n"
                  "filegate: 2 more not tried\n");
}

TEST_F(Verbs, every_way_a_connection_fails_has_its_words) {
    for (auto const& [failure, text, code] :
         std::initializer_list<std::tuple<net::TransportFailure, char const*, int>>{
             {{.stage = Stage::connecting, .is_tls = true, .message = "bad certificate"},
              "no TLS connection to",
              90},
             {{.stage = Stage::sending, .message = "reset"}, "broke off while", 90},
             {{.stage = Stage::awaiting_answer, .is_timeout = true},
              "did not answer: timed out",
              90},
             {{.stage = Stage::receiving, .message = "reset"}, "the answer of", 90},
             {{.stage = Stage::reading_body, .message = "shorter"},
              "could not be read: shorter",
              10},
         }) {
        http.fail(failure);
        captured.err.clear();
        EXPECT_EQ(run(upload({.paths = {write("a", "1")}}, tools)), code);
        EXPECT_NE(captured.err.find(text), std::string::npos) << captured.err;
    }
}

TEST_F(Verbs, an_answer_that_is_not_filegates_is_an_error) {
    http.answer(200, "<html>hello</html>");
    EXPECT_EQ(run(upload({.paths = {write("a", "1")}}, tools)), 90);
    EXPECT_NE(captured.err.find("the answer is not Filegate's"), std::string::npos);
}

TEST_F(Verbs, folders_globs_and_odd_files_are_expanded) {
    write("d/b.txt", "b");
    write("d/a.txt", "a");
    write("d/sub/c.txt", "c");
    write("d/.hidden", "h");
    write("d/.git/config", "g");
    fs::create_symlink("/etc/hostname", path("d/link"));
    ASSERT_EQ(mkfifo(path("d/fifo").c_str(), 0600), 0);
    write("x[1].txt", "x");
    write("empty/.keep", "");
    for (int i = 0; i < 6; ++i)
        http.answer(200, file_json("file-1"));
    UploadCommand const command{
        .paths = {path("d"), path("d/?.txt"), path("x[1].txt"), path("none*"), path("empty")},
        .is_recursive = true};
    EXPECT_EQ(run(upload(command, tools)), 10);
    std::string bodies;
    for (auto const& request : http.requests)
        bodies += request.body;
    EXPECT_EQ(bodies, "abcabx");
    EXPECT_EQ(captured.err, "filegate: " + path("none*") + ": matches nothing (INVALID_PATH)\n" +
                                "filegate: " + path("empty") +
                                ": is a folder without files (INVALID_PATH)\n");
}

TEST_F(Verbs, a_folder_needs_recursive_and_a_fifo_is_refused_not_waited_for) {
    write("d/a.txt", "a");
    ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(run(upload({.paths = {path("d"), path("fifo")}}, tools)), 10);
    EXPECT_TRUE(http.requests.empty());
    EXPECT_NE(captured.err.find("is a folder; --recursive takes"), std::string::npos);
    EXPECT_NE(captured.err.find("is not a regular file"), std::string::npos);
}

TEST_F(Verbs, standard_input_is_spooled_and_leaves_nothing_behind) {
    http.answer(200, file_json("file-1"));
    std::string const text(300'000, 'z');
    write("input", text);
    tools.input = open(path("input").c_str(), O_RDONLY);
    UploadCommand command{.paths = {"-"}};
    command.wish.filename = "in.txt";
    EXPECT_EQ(run(upload(command, tools)), 0);
    close(tools.input);
    EXPECT_EQ(http.requests[0].body, text);
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/files?filename=in.txt");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(Verbs, standard_input_that_cannot_be_spooled_is_an_error) {
    UploadCommand command{.paths = {"-"}};
    command.wish.filename = "in.txt";
    tools.input = open(folder.c_str(), O_RDONLY);  // reading a folder fails
    EXPECT_EQ(run(upload(command, tools)), 50);
    close(tools.input);
    tools.scratch_folder = path("absent");
    EXPECT_EQ(run(upload(command, tools)), 50);
    EXPECT_TRUE(http.requests.empty());
    EXPECT_EQ(files_in_folder(), 0);
}

TEST_F(Verbs, ls_pages_through_and_shows_a_table) {
    auto const page = [](std::string const& files, bool has_more) {
        return R"({"object":"list","data":[)" + files + R"(],"has_more":)" +
               (has_more ? "true" : "false") + "}";
    };
    http.answer(200, page(file_json("file-3") + "," + file_json("file-2"), true));
    http.answer(200, page(file_json("file-1"), false));
    ListCommand command{.purpose = "vision", .limit = 700, .is_json = true};
    EXPECT_EQ(run(list(command, tools)), 0);
    ASSERT_EQ(http.requests.size(), 2);
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/files?purpose=vision&limit=500");
    EXPECT_EQ(http.requests[1].url,
              "http://127.0.0.1:8787/v1/files?purpose=vision&after=file-2&limit=500");
    EXPECT_EQ(captured.out,
              file_json("file-3") + "\n" + file_json("file-2") + "\n" + file_json("file-1") + "\n");
}

TEST_F(Verbs, ls_stops_at_its_limit) {
    http.answer(200, R"({"object":"list","data":[)" + file_json("file-3") + "," +
                         file_json("file-2") + R"(],"has_more":true})");
    EXPECT_EQ(run(list({.limit = 1}, tools)), 0);
    EXPECT_EQ(http.requests.size(), 1);
    EXPECT_EQ(std::ranges::count(captured.out, '\n'), 2);
}

TEST_F(Verbs, ls_does_not_go_round_in_circles) {
    auto const again =
        R"({"object":"list","data":[)" + file_json("file-3") + R"(],"has_more":true})";
    for (int i = 0; i < 5; ++i)
        http.answer(200, again);
    EXPECT_EQ(run(list({.limit = 0}, tools)), 0);
    EXPECT_EQ(http.requests.size(), 2);
    http.requests.clear();
    http.answer(200, R"({"object":"list","data":[],"has_more":true})");
}

TEST_F(Verbs, ls_fails_when_nobody_takes_its_output) {
    captured.is_full = true;
    http.answer(200,
                R"({"object":"list","data":[)" + file_json("file-3") + R"(],"has_more":true})");
    EXPECT_EQ(run(list({.limit = 0}, tools)), 50);
    EXPECT_EQ(http.requests.size(), 1);
}

TEST_F(Verbs, get_writes_the_file_when_it_is_complete_and_right) {
    http.answer(200, file_json("file-1"));
    http.answer(200, "hello");
    EXPECT_EQ(run(get({.id = "file-1", .output = path("out")}, tools)), 0);
    EXPECT_EQ(text_of(path("out")), "hello");
    EXPECT_EQ(http.requests[1].url, "http://127.0.0.1:8787/v1/files/file-1/content");
    EXPECT_EQ(captured.out, path("out") + "  5 bytes\n");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(Verbs, get_into_a_folder_uses_the_files_own_name) {
    http.answer(200, file_json("file-1"));
    http.answer(200, "hello");
    EXPECT_EQ(run(get({.id = "file-1", .output = folder.string()}, tools)), 0);
    EXPECT_EQ(text_of(path("a b.txt")), "hello");
}

TEST_F(Verbs, get_to_standard_output_writes_the_bytes_and_nothing_else) {
    http.answer(200, file_json("file-1"));
    http.answer(200, "hello");
    EXPECT_EQ(run(get({.id = "file-1", .output = "-"}, tools)), 0);
    EXPECT_EQ(captured.out, "hello");
    captured.is_full = true;
    http.answer(200, file_json("file-1"));
    http.answer(200, "hello");
    EXPECT_EQ(run(get({.id = "file-1", .output = "-"}, tools)), 50);
    EXPECT_NE(captured.err.find("standard output takes no more"), std::string::npos);
}

TEST_F(Verbs, get_leaves_nothing_behind_when_a_step_fails) {
    auto const fails = [&](char const* text, int code) {
        captured.err.clear();
        EXPECT_EQ(run(get({.id = "file-1", .output = path("out")}, tools)), code);
        EXPECT_NE(captured.err.find(text), std::string::npos) << captured.err;
        EXPECT_EQ(files_in_folder(), 0);
    };
    http.answer(404, error_json(1004, "No such File object"));
    fails("No such File object", 10);
    http.answer(200, file_json("file-1"));
    http.answer(404, error_json(1004, "gone meanwhile"));
    fails("gone meanwhile", 10);
    http.answer(200, file_json("file-1"));
    http.answer(200, "hellO");
    fails("were announced (DIGEST_MISMATCH)", 10);
    http.answer(200, file_json("file-1"));
    http.answer(200, "hell");
    fails("4 bytes with SHA-256", 10);
    http.answer(200, file_json("file-1"));
    http.fail({.stage = Stage::receiving, .message = "reset"});
    fails("reset", 90);
    http.answer(200, file_json("file-1"));
    EXPECT_EQ(run(get({.id = "file-1", .output = path("absent/out")}, tools)), 50);
}

TEST_F(Verbs, get_overwrites_only_when_forced) {
    write("out", "old");
    http.answer(200, file_json("file-1"));
    EXPECT_EQ(run(get({.id = "file-1", .output = path("out")}, tools)), 10);
    EXPECT_NE(captured.err.find("exists already; --force overwrites it"), std::string::npos);
    EXPECT_EQ(text_of(path("out")), "old");
    EXPECT_EQ(http.requests.size(), 1);
    http.answer(200, file_json("file-1"));
    http.answer(200, "hello");
    EXPECT_EQ(run(get({.id = "file-1", .output = path("out"), .may_overwrite = true}, tools)), 0);
    EXPECT_EQ(text_of(path("out")), "hello");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(Verbs, rm_and_deliver_go_on_after_a_failure) {
    http.answer(200, "{}");
    http.answer(404, error_json(1004, "no such"));
    http.answer(200, "{}");
    EXPECT_EQ(run(remove({.ids = {"file-1", "../x", "file-3"}}, tools)), 10);
    ASSERT_EQ(http.requests.size(), 3);
    EXPECT_EQ(http.requests[0].method, "DELETE");
    EXPECT_EQ(http.requests[1].url, "http://127.0.0.1:8787/v1/files/..%2Fx");
    EXPECT_EQ(captured.out, "file-1 removed\nfile-3 removed\n");

    http.requests.clear();
    captured.out.clear();
    http.answer(503, error_json(3004, "none is available"));
    http.answer(200, file_json("file-2", placement_json()));
    DeliverCommand command{.ids = {"file-1", "file-2"}, .wish = {.provider = "kimi"}};
    EXPECT_EQ(run(deliver(command, tools)), 30);
    EXPECT_EQ(http.requests[0].method, "POST");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/files/file-1/deliver");
    EXPECT_EQ(http.requests[0].body, R"({"provider":"kimi"})");
    EXPECT_EQ(captured.out, "a b.txt  file-2  5  -> kimi:cq1\n");
}

TEST_F(Verbs, rm_as_json_writes_one_line_per_file) {
    http.answer(200, "{}");
    http.answer(404, error_json(1004, "no such"));
    EXPECT_EQ(run(remove({.ids = {"file-1", "file-2"}, .is_json = true}, tools)), 10);
    EXPECT_TRUE(
        captured.out.starts_with("{\"id\":\"file-1\",\"deleted\":true}\n{\"id\":\"file-2\","
                                 "\"error\":{"))
        << captured.out;
}

struct FakeServers {
    Servers servers() {
        return {.serve =
                    [this](config::Settings const& settings, ReadyCallback on_ready) {
                        port = settings.server.port;
                        if (outcome) on_ready("http://127.0.0.1:1234");
                        return outcome;
                    },
                .sandbox =
                    [this](config::SandboxSettings const& settings, ReadyCallback on_ready) {
                        port = settings.port;
                        if (outcome) on_ready("http://127.0.0.1:1235");
                        return outcome;
                    }};
    }
    Result<void> outcome;
    int port = -1;
};

TEST_F(Verbs, serve_says_when_it_listens) {
    FakeServers fake;
    ServeCommand command;
    command.settings.overrides = {{"server.port", "0", "--listen"}};
    EXPECT_EQ(serve(command, {{"KIMI_API_KEY", "k"}}, fake.servers(), console), 0);
    EXPECT_EQ(fake.port, 0);
    EXPECT_EQ(captured.out, "listening on http://127.0.0.1:1234\n");
    EXPECT_EQ(captured.err, "");
}

TEST_F(Verbs, serve_does_not_start_with_a_wrong_configuration_and_tells_all_of_it) {
    FakeServers fake;
    ServeCommand command;
    command.settings.file = write("c.toml", "[server]\nprot = 1\nhost = \"0.0.0.0\"\n");
    EXPECT_EQ(serve(command, {}, fake.servers(), console), 90);
    EXPECT_EQ(fake.port, -1);
    EXPECT_NE(captured.err.find("c.toml:2: server.prot is not a key"), std::string::npos);
    EXPECT_NE(captured.err.find("c.toml:3: server.host is 0.0.0.0"), std::string::npos);
    EXPECT_NE(captured.err.find("warning: no provider account"), std::string::npos);
}

TEST_F(Verbs, a_server_that_cannot_start_is_told_with_its_exit_code) {
    FakeServers fake;
    fake.outcome = fail(ErrorCode::store_in_use, "the data folder is in use");
    EXPECT_EQ(serve({}, {{"KIMI_API_KEY", "k"}}, fake.servers(), console), 50);
    EXPECT_EQ(captured.err, "filegate: the data folder is in use (STORE_IN_USE)\n");
    EXPECT_EQ(sandbox({}, fake.servers(), console), 50);
    EXPECT_EQ(captured.out, "");
}

TEST_F(Verbs, sandbox_says_when_it_listens_and_refuses_nonsense) {
    FakeServers fake;
    EXPECT_EQ(sandbox({.arguments = {.listen = "127.0.0.1:0"}}, fake.servers(), console), 0);
    EXPECT_EQ(captured.out, "listening on http://127.0.0.1:1235\n");
    EXPECT_EQ(sandbox({.arguments = {.listen = "0.0.0.0:0"}}, fake.servers(), console), 2);
    EXPECT_EQ(sandbox({.arguments = {.faults = {"x"}}}, fake.servers(), console), 2);
}

TEST_F(Verbs, config_check_tells_whether_it_is_usable) {
    EXPECT_EQ(configuration({}, {{"GLM_API_KEY", "k"}}, console), 0);
    EXPECT_EQ(captured.out, "the configuration is usable; accounts with a key: glm\n");
    captured.out.clear();
    EXPECT_EQ(configuration({}, {{"FILEGATE_SERVER_PORT", "x"}}, console), 90);
    EXPECT_EQ(captured.out, "");
}

TEST_F(Verbs, what_only_servers_need_is_told_by_check_and_not_by_show) {
    using Action = ConfigCommand::Action;
    ConfigCommand command;
    command.settings.overrides = {{"paths.roots", path("absent"), "--set"}};
    EXPECT_EQ(configuration(command, {}, console), 90);
    EXPECT_NE(captured.err.find("no provider account has a key"), std::string::npos);
    EXPECT_NE(captured.err.find("absent' cannot be opened"), std::string::npos) << captured.err;
    captured.err.clear();
    command.action = Action::show;
    EXPECT_EQ(configuration(command, {}, console), 0);
    EXPECT_EQ(captured.err, "");
    EXPECT_EQ(configuration(command, {{"FILEGATE_SERVER_PORT", "x"}}, console), 90);
    EXPECT_NE(captured.err.find("FILEGATE_SERVER_PORT must be"), std::string::npos);
}

TEST_F(Verbs, config_show_and_schema_write_to_out) {
    using Action = ConfigCommand::Action;
    EXPECT_EQ(configuration({.action = Action::show}, {{"GLM_API_KEY", "sk-x"}}, console), 0);
    EXPECT_NE(captured.out.find("port = 8787  # default"), std::string::npos);
    EXPECT_EQ(captured.out.find("sk-x"), std::string::npos);
    captured.out.clear();
    EXPECT_EQ(configuration({.action = Action::schema}, {}, console), 0);
    EXPECT_TRUE(captured.out.starts_with("{"));
}

TEST_F(Verbs, version_names_release_compiler_and_libraries) {
    EXPECT_EQ(version({}, console), 0);
    for (auto const* const word : {"filegate 0.", "compiler ", "openssl 3", "sqlite 3", "curl "})
        EXPECT_NE(captured.out.find(word), std::string::npos) << captured.out;
    captured.out.clear();
    EXPECT_EQ(version({.is_json = true}, console), 0);
    EXPECT_TRUE(captured.out.starts_with("{\"filegate\":\"0."));
    EXPECT_TRUE(captured.out.ends_with("\"}}\n")) << captured.out;
}

}  // namespace
}  // namespace filegate::cli
