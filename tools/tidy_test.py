#!/usr/bin/env python3
"""Every check of tools/tidy finds what it should, and nothing else."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
here = pathlib.Path(__file__).resolve().parent
loader = importlib.machinery.SourceFileLoader("tidy", str(here / "tidy"))
tidy = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
loader.exec_module(tidy)
cpp_functions = tidy.cpp_functions

HEADER_START = "#pragma once\n// What it is.\n"


def findings(files: dict[str, str]) -> list[str]:
    """What tidy says of a tree with these files, as PATH:LINE MESSAGE."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        for source_folder in root.glob("src/*/"):
            readme = source_folder / "README.md"
            if f"src/{source_folder.name}/README.md" not in files:
                readme.write_text("Why.\n")
        return [f"{one.path}:{one.line} {one.message}" for one in tidy.check_tree(root)]


class TidyTest(unittest.TestCase):
    def assert_clean(self, files: dict[str, str]) -> None:
        self.assertEqual(findings(files), [])

    def assert_found(self, files: dict[str, str], *starts: str) -> None:
        found = findings(files)
        self.assertEqual(len(found), len(starts), found)
        for one, start in zip(found, starts):
            self.assertTrue(one.startswith(start), f"{one!r} does not start with {start!r}")

    def test_a_clean_tree_has_no_findings(self):
        self.assert_clean({
            "src/base/a.cpp": '#include "base/a.hpp"\nint a() { return 1; }\n',
            "src/base/a.hpp": HEADER_START + "int a();\n",
            "README.md": "Hello.\n",
        })

    def test_sizes_are_bounded_at_exactly_their_limits(self):
        for path, limit, start in [("src/base/a.cpp", 500, ""), ("src/base/a_fakes.hpp", 500,
                                   HEADER_START), ("src/base/a.hpp", 160, HEADER_START),
                                   ("tools/x.py", 500, ""), ("tests/e2e/x.mjs", 500, ""),
                                   ("dev", 500, "#!/bin/sh\n")]:
            user = {"src/base/user.cpp": '#include "base/a.hpp"\n#include "base/a_fakes.hpp"\n'}
            rest = limit - start.count("\n")
            with self.subTest(path):
                self.assert_clean({path: start + "\n" * rest} | user)
                self.assert_found({path: start + "\n" * (rest + 1)} | user, f"{path}:{limit}")

    def test_lines_have_a_hundred_columns_counted_in_characters(self):
        self.assert_clean({"src/base/a.cpp": "//" + "é" * 98 + "\n"})
        self.assert_found({"src/base/a.cpp": "\n//" + "é" * 99 + "\n"}, "src/base/a.cpp:2 101")

    def test_functions_have_seventy_lines(self):
        for body in (68, 69):
            text = "int f(int x) {\n" + "    ++x;\n" * body + "}\n"
            with self.subTest(body):
                if body == 68:
                    self.assert_clean({"src/base/a.cpp": text})
                else:
                    self.assert_found({"src/base/a.cpp": text}, "src/base/a.cpp:1 f has 71 lines")

    def test_every_banned_call_is_found_where_it_is_banned(self):
        table = {
            "auto t = std::chrono::system_clock::now();": "src/base/clock.cpp",
            "auto t = std::chrono::steady_clock::now();": "src/base/clock.cpp",
            "std::thread t;": "src/base/worker_pool.cpp",
            "std::jthread t;": "src/net/loop_thread.cpp",
            "auto f = std::async(g);": None,
            "std::this_thread::sleep_for(d);": None,
            "usleep(5);": None,
            "auto n = rand();": None,
            "auto n = std::rand();": None,
            "std::random_device d;": "src/base/random.cpp",
            'auto v = std::getenv("X");': "src/main.cpp",
            "auto p = new Thing(5);": None,
            "delete p;": None,
            "delete[] p;": None,
            "t.detach();": None,
            "assert(x);": None,
            "#include <cassert>": None,
            "std::cout << x;": "src/cli/print.cpp",
            'printf("x");': "src/cli/print.cpp",
            "EXPECT_CALL(x, y);": None,
            "GTEST_SKIP();": None,
            "TEST(A, DISABLED_b) {}": None,
            "#define X 1": "src/base/check.hpp",
        }
        for line, home in table.items():
            with self.subTest(line):
                found = findings({"src/store/a.cpp": f"\n{line}\n"})
                self.assertTrue(found and found[0].startswith("src/store/a.cpp:2 "), found)
                if home:
                    text = (HEADER_START if home.endswith(".hpp") else "") + line + "\n"
                    self.assert_clean({home: text,
                                       "src/base/user.cpp": '#include "base/check.hpp"\n'})

    def test_what_only_looks_banned_is_not_found(self):
        self.assert_clean({"src/store/a.cpp": """
// new, delete, rand() and assert() in a comment
auto s = "new delete rand() std::thread";
auto r = R"x(assert(1); delete p;)x";
struct A { A(A const&) = delete; void operator delete(void* p); };
static_assert(true);
auto n = generator.rand();
std::thread::id id;
auto name = operand(1);
#include <new>
std::unique_ptr<A> a(new A(1));
auto x = fmt::print("x");
co_await sleep_for(clock, d);
bool renew = newer;
"""})

    def test_tests_may_have_threads(self):
        for name in ("a_test.cpp", "a_bench.cpp"):
            self.assert_clean({f"src/store/{name}": "std::thread t;\n"})

    def test_headers_start_with_pragma_once_and_say_what_they_are(self):
        user = {"src/base/user.cpp": '#include "base/a.hpp"\n'}
        self.assert_found({"src/base/a.hpp": "// What.\n"} | user, "src/base/a.hpp:1")
        self.assert_found({"src/base/a.hpp": "#pragma once\nint x;\n"} | user, "src/base/a.hpp:2")
        self.assert_found({"src/base/a.hpp": HEADER_START + "using namespace std;\n"} | user,
                          "src/base/a.hpp:3")

    def test_test_names_are_sentences(self):
        self.assert_clean({"src/base/a_test.cpp":
                           "TEST(A, opens_after_5_failures) {}\nTYPED_TEST(A, x_y) {}\n"})
        self.assert_found({"src/base/a_test.cpp": "TEST(A, OpensAfter) {}\nTEST_F(A, x_Y) {}\n"},
                          "src/base/a_test.cpp:1", "src/base/a_test.cpp:2")

    def test_notes_need_an_issue(self):
        note = "TO" + "DO"
        self.assert_clean({"src/base/a.cpp": f"// {note}(#12): later\n"})
        self.assert_found({"src/base/a.cpp": f"\n// {note}: later\n"}, "src/base/a.cpp:2")
        self.assert_found({"tests/a.mjs": "// FIX" + "ME\n"}, "tests/a.mjs:1")

    def test_warnings_are_not_hidden(self):
        self.assert_found({"src/base/a.cpp": "int x;  // NO" + "LINT\n"}, "src/base/a.cpp:1")

    def test_paths_of_one_machine_stay_out(self):
        for path in (f"/{place}/x" for place in ("root", "work", "home/me")):
            with self.subTest(path):
                self.assert_found({"docs/a.md": f"\nsee {path}\n"}, "docs/a.md:2")
        allowed = "GET /v1/%s/x, ${top}/%s/x, /roots\n" % ("work", "work")
        self.assert_clean({"docs/a.md": allowed})

    def test_lock_files_name_no_registry(self):
        path = "tests/e2e/package-lock.json"
        self.assert_clean({path: '{"integrity": "sha512-x"}\n'})
        self.assert_found({path: '{\n"resolved": "https://somewhere"}\n'}, f"{path}:2")
        self.assert_found({"tests/e2e/.npmrc": "registry=x\n"}, "tests/e2e/.npmrc:1")

    def test_headers_nobody_includes_are_dead(self):
        self.assert_found({"src/base/a.hpp": HEADER_START}, "src/base/a.hpp:1 nobody")
        self.assert_found({"src/base/a.hpp": HEADER_START + '#include "base/a.hpp"\n'},
                          "src/base/a.hpp:1 nobody")
        self.assert_clean({"src/base/a.hpp": HEADER_START,
                           "cmake/embed.cmake": 'file(WRITE x "base/a.hpp")\n'})

    def test_error_codes_have_a_row_a_page_and_a_number_of_their_own(self):
        header = (HEADER_START +
                  "enum class ErrorCode : int {\n    one = 1001,\n    two = 1002,\n};\n")
        user = {"src/base/user.cpp": '#include "base/error.hpp"\n'}
        table = {"src/base/error_table.cpp": "ErrorRow{one, 1}, ErrorRow{two, 2}\n"}
        page = {"docs/errors.md": "| 1001 |\n| 1002 |\n"}
        files = {"src/base/error.hpp": header} | user | table | page
        self.assert_clean(files)
        self.assert_found(files | {"docs/errors.md": "| 1001 |\n"},
                          "src/base/error.hpp:5 two is not in docs")
        self.assert_found(files | {"src/base/error_table.cpp": "ErrorRow{one}\n"},
                          "src/base/error.hpp:5 two has no row")
        self.assert_found(files | {"src/base/error.hpp": header.replace("1002", "1001")},
                          "src/base/error.hpp:5 two has the number of one")

    def test_routes_are_on_the_page_about_the_api_with_method_and_whole_path(self):
        routes = ('Route{{"GET", "/v1/files"}, files_read, &Api::list},\n'
                  'Route{{"GET", "/v1/files/{id}"}, files_read, &Api::get},\n'
                  'Route{{"POST",\n       "/v1/files:batch"}, files_write, &Api::batch},\n')
        page = "| `GET /v1/files?limit=` | `GET /v1/files/{id}`\n| `POST /v1/files:batch` |\n"
        table = "src/http/routes.cpp"
        self.assert_clean({table: routes, "docs/guide/api.md": page})
        for word, line in [("?limit=", None), ("GET /v1/files?limit=", 1), ("/{id}", 2),
                           (":batch", 3), ("POST ", 3)]:
            with self.subTest(word):
                files = {table: routes, "docs/guide/api.md": page.replace(word, "", 1)}
                if line is None:
                    self.assert_clean(files)
                else:
                    self.assert_found(files, f"{table}:{line} ")
        self.assertEqual(len(findings({table: routes})), 3)
        self.assert_found({table: "no table\n"}, f"{table}:1 has no routes")

    def test_every_folder_says_why_it_exists_in_fifteen_lines(self):
        self.assert_found({"src/store/README.md": "", "src/store/a.cpp": ""},
                          "src/store/README.md:1")
        self.assert_clean({"src/store/README.md": "x\n" * 15})
        self.assert_found({"src/store/README.md": "x\n" * 16}, "src/store/README.md:15")

    def test_builds_and_installed_packages_are_not_looked_at(self):
        self.assert_clean({"build/a.cpp": "delete p;\n", "tests/node_modules/a.mjs": "\n" * 900})


class FunctionsTest(unittest.TestCase):
    def names(self, text: str) -> list[tuple[str, int, int]]:
        code = cpp_functions.blank_comments_and_strings(text)
        return [(one.name, one.first_line, one.lines) for one in cpp_functions.functions(code)]

    def test_finds_functions_of_every_form(self):
        table = {
            "int f() {\n}": ("f", 1, 2),
            "namespace a {\nvoid A::f(int x) const noexcept {\n}\n}": ("A::f", 2, 2),
            "A::A(int x)\n    : x_(x), y_(2) {\n}": ("A::A", 1, 3),
            "auto f(int x) -> std::vector<int> {\n}": ("f", 1, 2),
            "template <class T>\nT f(T x) {\n}": ("f", 1, 3),
            "TEST(Suite, a_name) {\n}": ("TEST", 1, 2),
            "struct A {\n    ~A() override {\n    }\n};": ("~A", 2, 2),
            "bool operator==(A const& a) {\n}": ("operator==", 1, 2),
        }
        for text, expected in table.items():
            with self.subTest(text):
                self.assertEqual(self.names(text), [expected])

    def test_other_braces_are_no_functions(self):
        for text in ["struct A {\n};", "enum class B : int { x };", "int x[] = {1, 2};",
                     "namespace a::b {\n}", "auto x = A{1};", 'extern "C" {\n}']:
            with self.subTest(text):
                self.assertEqual(self.names(text), [])

    def test_blocks_inside_a_function_belong_to_it(self):
        text = "void f() {\n  if (a) {\n  } else if (b) {\n  }\n  for (;;) {\n  }\n  try {\n" \
               "  } catch (E const&) {\n  }\n  switch (x) {\n  }\n}\n"
        self.assertEqual(self.names(text), [("f", 1, 12)])

    def test_braces_in_comments_and_strings_do_not_count(self):
        text = "void f() {\n  // }\n  /* } */ auto s = \"}\"; auto c = '}'; auto n = 1'000;\n" \
               "  auto r = R\"x(})\")x\";\n}\n"
        self.assertEqual(self.names(text), [("f", 1, 5)])

    def test_lambdas_are_measured_too(self):
        text = "void f() {\n  auto g = [&](int x) {\n    return x;\n  };\n}\n"
        self.assertEqual([one[1:] for one in self.names(text)], [(1, 5), (2, 3)])


if __name__ == "__main__":
    unittest.main()
