#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "cli/data_folder.hpp"
#include "cli/fake_http.hpp"

namespace filegate::cli {
namespace {

namespace fs = std::filesystem;
using Stage = net::TransportFailure::Stage;
using State = Finding::State;

// A lock file held by another open description, as another process would hold it.
class HeldLock {
public:
    explicit HeldLock(fs::path const& folder)
        : file_(open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        EXPECT_EQ(flock(file_, LOCK_EX | LOCK_NB), 0);
        EXPECT_EQ(write(file_, "4711\n", 5), 5);
    }
    HeldLock(HeldLock const&) = delete;
    HeldLock& operator=(HeldLock const&) = delete;
    ~HeldLock() { close(file_); }

private:
    int file_;
};

class DoctorTest : public testing::Test {
protected:
    DoctorTest() {
        data = folder / "data";
        fs::create_directory(data);
        command.settings.overrides = {{"data.folder", data.string(), "--set"}};
    }

    int examine() {
        captured.out.clear();
        return loop.run_task(doctor(command, environment, tools));
    }
    void server_says(std::string const& parts) {
        http.answer(200, R"({"ready":true,"parts":[)" + parts + "]}");
    }
    void no_server() { http.fail({.stage = Stage::connecting, .message = "refused"}); }
    bool told(std::string const& text) const {
        return captured.out.find(text) != std::string::npos;
    }

    SimLoop loop;
    FakeHttp http;
    WorkerPool workers{"test", 0};
    Captured captured;
    Console console = captured.console();
    ClientTools tools{.http = http, .workers = workers, .clock = loop, .console = console};
    ScratchFolder scratch;
    fs::path const folder = scratch.path();
    fs::path data;
    DoctorCommand command;
    config::Environment environment{{"KIMI_API_KEY", "sk-secret"}};
};

TEST_F(DoctorTest, a_gateway_that_is_well_is_told_part_by_part) {
    HeldLock const lock(data);
    server_says(R"({"name":"catalog","state":"well","what":"ok"},)"
                R"({"name":"provider kimi/kimi","state":"well","what":"ok"})");
    EXPECT_EQ(examine(), 0);
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/health");
    EXPECT_TRUE(
        told("ok  configuration       no file, defaults and environment; accounts with a "
             "key: kimi\n"))
        << captured.out;
    EXPECT_TRUE(told("ok  data folder         " + data.string() +
                     " is usable, and in use by process 4711\n"))
        << captured.out;
    EXPECT_TRUE(told("ok  server              answers at http://127.0.0.1:8787\n"));
    EXPECT_TRUE(told("ok  catalog             ok\n"));
    EXPECT_TRUE(told("ok  provider kimi/kimi  ok\n"));
    EXPECT_FALSE(told("sk-secret"));
}

TEST_F(DoctorTest, what_is_unwell_decides_the_exit_code_and_warnings_do_not) {
    HeldLock const lock(data);
    struct Case {
        char const* parts;
        int exit_code;
    };
    for (auto const& [parts, code] : std::initializer_list<Case>{
             {R"({"name":"provider kimi/kimi","state":"impaired","what":"x"})", 0},
             {R"({"name":"deliveries","state":"impaired","what":"x"})", 0},
             {R"({"name":"provider kimi/kimi","state":"unwell","what":"x"})", 30},
             {R"({"name":"providers","state":"unwell","what":"x"})", 30},
             {R"({"name":"coordination","state":"unwell","what":"x"})", 40},
             {R"({"name":"blobs","state":"unwell","what":"x"})", 50},
             {R"({"name":"catalog","state":"strange","what":"x"})", 50},
             {R"({"name":"catalog","state":"unwell","what":"x"},)"
              R"({"name":"provider kimi/kimi","state":"unwell","what":"y"})",
              50},
         }) {
        server_says(parts);
        EXPECT_EQ(examine(), code) << parts;
        EXPECT_TRUE(told(code == 0 ? "warn  " : "FAIL  ")) << captured.out;
    }
}

TEST_F(DoctorTest, a_server_that_was_not_started_is_no_fault) {
    no_server();
    EXPECT_EQ(examine(), 0);
    EXPECT_TRUE(told("is usable, and no gateway uses it")) << captured.out;
    EXPECT_TRUE(
        told("-   server         cannot reach http://127.0.0.1:8787: refused; start one "
             "with `filegate serve`\n"))
        << captured.out;
}

TEST_F(DoctorTest, a_server_that_should_answer_and_does_not_is_a_fault) {
    no_server();
    command.is_server_named = true;
    command.server.url = "http://127.0.0.1:9";
    EXPECT_EQ(examine(), 90);
    EXPECT_TRUE(told("FAIL  server         cannot reach http://127.0.0.1:9")) << captured.out;
    command.is_server_named = false;
    HeldLock const lock(data);
    no_server();
    EXPECT_EQ(examine(), 90);
    http.fail({.stage = Stage::awaiting_answer, .is_timeout = true});
    EXPECT_EQ(examine(), 90);
}

TEST_F(DoctorTest, a_server_that_answers_with_an_error_is_a_fault_even_when_nobody_expected_one) {
    http.answer(403, error_json(2005, "it needs admin rights"));
    EXPECT_EQ(examine(), 20);
    EXPECT_TRUE(told("it needs admin rights"));
    http.answer(200, "<html>");
    EXPECT_EQ(examine(), 90);
    http.answer(200, "{}");
    EXPECT_EQ(examine(), 90);
}

TEST_F(DoctorTest, the_server_is_the_one_that_the_configuration_describes) {
    command.settings.overrides.push_back({"server.port", "9000", "--set"});
    command.settings.overrides.push_back({"server.host", "::1", "--set"});
    no_server();
    EXPECT_EQ(examine(), 0);
    EXPECT_EQ(http.requests[0].url, "http://[::1]:9000/v1/admin/health");
    command.settings.overrides.push_back({"server.port", "0", "--set"});
    http.requests.clear();
    EXPECT_EQ(examine(), 0);
    EXPECT_TRUE(http.requests.empty());
    EXPECT_TRUE(told("not asked: name it with --server or FILEGATE_URL"));
}

TEST_F(DoctorTest, every_problem_of_the_configuration_is_told_and_the_rest_waits) {
    std::ofstream(folder / "c.toml") << "[server]\nprot = 1\nhost = \"0.0.0.0\"\n";
    command.settings.file = folder / "c.toml";
    EXPECT_EQ(examine(), 90);
    EXPECT_TRUE(told("c.toml:2: server.prot is not a key")) << captured.out;
    EXPECT_TRUE(told("c.toml:3: server.host is 0.0.0.0"));
    EXPECT_FALSE(told("data folder"));
    EXPECT_TRUE(http.requests.empty());
    command.is_server_named = true;
    server_says("");
    EXPECT_EQ(examine(), 90);
    EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(DoctorTest, what_keeps_a_server_from_starting_hides_nothing_of_one_that_runs) {
    command.settings.overrides.push_back({"paths.roots", folder / "absent", "--set"});
    HeldLock const lock(data);
    server_says(R"({"name":"catalog","state":"well","what":"ok"})");
    EXPECT_EQ(examine(), 90);
    EXPECT_TRUE(told("FAIL  configuration  paths.roots (from --set) '")) << captured.out;
    EXPECT_TRUE(told("and in use by process 4711"));
    EXPECT_TRUE(told("answers at http://127.0.0.1:8787"));
}

TEST_F(DoctorTest, without_a_key_it_warns) {
    environment.clear();
    no_server();
    EXPECT_EQ(examine(), 0);
    EXPECT_TRUE(told("warn  configuration  no provider account has a key")) << captured.out;
}

TEST_F(DoctorTest, a_data_folder_that_cannot_be_is_a_fault) {
    std::ofstream(folder / "file") << "x";
    command.settings.overrides = {{"data.folder", (folder / "file").string(), "--set"}};
    no_server();
    EXPECT_EQ(examine(), 50);
    EXPECT_TRUE(told("cannot be written: Not a directory")) << captured.out;
    command.settings.overrides = {{"data.folder", (folder / "file/data").string(), "--set"}};
    no_server();
    EXPECT_EQ(examine(), 50);
}

TEST_F(DoctorTest, as_json_it_is_one_line_per_part) {
    no_server();
    command.is_json = true;
    EXPECT_EQ(examine(), 0);
    EXPECT_EQ(std::ranges::count(captured.out, '\n'), 4);
    EXPECT_TRUE(captured.out.starts_with(
        R"({"part":"configuration","state":"well","what":"no file, defaults and environment; )"
        R"(accounts with a key: kimi"})"
        "\n"))
        << captured.out;
    EXPECT_TRUE(told(R"({"part":"server","state":"skipped","what":)"));
}

TEST_F(DoctorTest, it_fails_when_nobody_takes_its_output) {
    no_server();
    captured.is_full = true;
    EXPECT_EQ(examine(), 50);
}

TEST(data_folder, one_that_does_not_exist_is_looked_at_where_it_would_be_made) {
    auto const facts = look_at_data_folder(fs::temp_directory_path() / "fg-absent" / "a" / "b");
    EXPECT_FALSE(facts.exists);
    EXPECT_EQ(facts.nearest, fs::temp_directory_path());
    EXPECT_EQ(facts.problem, "");
    EXPECT_TRUE(facts.free_bytes);
    auto const findings = folder_findings(facts, 1);
    EXPECT_EQ(findings[0].state, State::well);
    EXPECT_TRUE(findings[0].what.ends_with("/fg-absent/a/b will be made by `filegate serve`"));
    EXPECT_FALSE(fs::exists(fs::temp_directory_path() / "fg-absent"));
}

TEST(data_folder, looking_leaves_the_lock_to_whoever_wants_it) {
    ScratchFolder const scratch;
    auto const& folder = scratch.path();
    std::ofstream(folder / "lock") << "12\n";
    auto const facts = look_at_data_folder(folder);
    EXPECT_FALSE(facts.is_held);
    EXPECT_EQ(facts.holder, "");
    {
        HeldLock const lock(folder);
        EXPECT_TRUE(look_at_data_folder(folder).is_held);
        EXPECT_EQ(look_at_data_folder(folder).holder, "4711");
    }
    EXPECT_FALSE(look_at_data_folder(folder).is_held);
}

TEST(data_folder, little_space_is_a_warning_and_none_a_fault) {
    FolderFacts facts{.path = "/d", .exists = true, .nearest = "/d"};
    auto const space = [&] { return folder_findings(facts, 512 << 20)[1]; };
    EXPECT_EQ(space().state, State::skipped);
    facts.free_bytes = 512 << 20;
    EXPECT_EQ(space().state, State::well);
    EXPECT_EQ(space().what, "512.0 MiB free");
    facts.free_bytes = (512 << 20) - 1;
    EXPECT_EQ(space().state, State::impaired);
    facts.free_bytes = 16 << 20;
    EXPECT_EQ(space().state, State::impaired);
    facts.free_bytes = (16 << 20) - 1;
    EXPECT_EQ(space().state, State::unwell);
    EXPECT_EQ(space().category, ErrorCategory::storage);
    facts.free_bytes = 1ULL << 40;
    facts.has_free_names = false;
    EXPECT_EQ(space().state, State::unwell);
}

TEST(data_folder, one_without_the_right_to_write_says_so) {
    FolderFacts facts{
        .path = "/d", .exists = true, .nearest = "/d", .problem = "Permission denied"};
    auto const existing = folder_findings(facts, 1)[0];
    EXPECT_EQ(existing.state, State::unwell);
    EXPECT_TRUE(existing.what.starts_with("/d cannot be written: Permission denied; "));
    facts.exists = false;
    facts.nearest = "/";
    EXPECT_TRUE(folder_findings(facts, 1)[0].what.starts_with(
        "/d cannot be made in /: Permission denied; "));
}

}  // namespace
}  // namespace filegate::cli
