#!/usr/bin/env python3
"""Shows each rule of tidy a tree that breaks it, and trees that break none. Run as `tidy_selftest`."""
import contextlib
import io
import os
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coroutines  # noqa: E402
import selftest_coroutines  # noqa: E402
import tidy  # noqa: E402
from source import Source, parameters_of  # noqa: E402


def findings(files, allowed=''):
    """What tidy prints for a tree of {path: text}, as {(path, rule)}; each source counts as built."""
    with tempfile.TemporaryDirectory() as root:
        names = ' '.join(path.rsplit('/', 1)[-1] for path in files if path.endswith('.cpp'))
        for path, text in {'CMakeLists.txt': names, 'tests/tidy/allow.txt': allowed, **files}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), 'w', encoding='utf-8') as f:
                f.write(text)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = tidy.main([root])
        found = {tuple(line.split(': ')[:2]) for line in out.getvalue().splitlines() if line[:6] != 'tidy: '}
        assert status == (1 if found else 0), 'the exit status tells the truth'
        return {(place.rsplit(':', 1)[0], rule) for place, rule in found}


def header(path, body=''):
    return f'// {path} - a thing.\n#pragma once\n{body}\n'


def nested(levels):
    return 'void f() {\n' + 'if (x) {\n' * levels + '}\n' * levels + '}\n'


# path, text, the rule that must fire (None: no rule may)
CASES = (
    ('lib/record/a.cpp', '#include "settings/load.hpp"\n', 'layer'),
    ('lib/spool/a.cpp', '#include "ledger/ledger.hpp"\n', 'layer'),
    ('lib/base/a.cpp', '#include "daemon/world.hpp"\n', 'layer'),
    ('lib/base/a.cpp', '#include "near.hpp"\n', 'layer'),
    ('tests/sandbox/a.cpp', '#include "partner_center/api.hpp"\n', 'layer'),
    ('lib/http/CMakeLists.txt', 'target_link_libraries(x devicebatch_record)\n', 'layer'),
    ('lib/http/CMakeLists.txt', 'target_link_libraries(x devicebatch_base)\n', None),
    ('lib/base/a.cpp', '#include "base/gone.hpp"\n', 'include-missing'),
    ('lib/base/a.cpp', '// #include "base/gone.hpp"\n', None),
    ('lib/flow/a.cpp', '#include <boost/asio/awaitable.hpp>\n', 'include-asio'),
    ('daemon/a.cpp', '#include <boost/asio.hpp>\n', 'include-asio'),
    ('lib/engine/a.cpp', '#include <boost/asio/awaitable.hpp>\n', None),
    ('lib/engine/a.cpp', '#include <spdlog/spdlog.h>\n', 'include-spdlog'),
    ('daemon/log_spdlog.cpp', '#include <spdlog/spdlog.h>\n', None),
    ('daemon/a.cpp', '#include <sqlite3.h>\n', 'include-sqlite'),
    ('daemon/a.cpp', '#include <curl/curl.h>\n', 'include-curl'),
    ('daemon/a.cpp', '#include <yaml-cpp/yaml.h>\n', 'include-yaml'),
    ('lib/ledger/a.cpp', '#include <prometheus/gauge.h>\n', 'include-prometheus'),
    ('lib/base/a.cpp', '#include <systemd/sd-daemon.h>\n', 'include-systemd'),
    ('lib/base/a.cpp', '#include <cassert>\n', 'assert'),
    ('lib/base/a.cpp', 'auto t = std::chrono::system_clock::now();\n', 'clock'),
    ('tests/unit/base/a_test.cpp', 'auto t = std::chrono::steady_clock :: now();\n', 'clock'),
    ('lib/base/clock.cpp', 'auto t = std::chrono::system_clock::now();\n', None),
    ('lib/base/a.cpp', 'auto t = time(nullptr);\n', 'clock'),
    ('lib/base/a.cpp', 'auto t = record.time(0); // system_clock::now()\n', None),
    ('lib/base/a.cpp', 'const char* t = "system_clock::now()";\n', None),
    ('lib/base/a.cpp', 'auto t = R"x(time(0) "//)x"; int grand(); int a = grand();\n', None),
    ('lib/base/a.cpp', "auto n = 1'000; auto t = time(0); auto m = 2'000;\n", 'clock'),
    ('lib/base/a.cpp', 'int r = rand();\n', 'random'),
    ('lib/base/a.cpp', 'std::this_thread::sleep_for(d);\n', 'sleep'),
    ('tests/unit/base/a_test.cpp', '::usleep(3);\n', 'sleep'),
    ('lib/base/a.cpp', 'void f() { std::cout << 1; }\n', 'output'),
    ('daemon/a.cpp', 'void f() { std::cout << 1; }\n', None),
    ('daemon/a.cpp', 'void f() { spawn(asio::detached); }\n', 'detached'),
    ('daemon/a.cpp', 'void f() { thread.detach(); }\n', 'detached'),
    ('daemon/a.cpp', 'void f() { std::system(x); }\n', 'shell'),
    ('lib/base/a.cpp', 'void f() { sprintf(a, b); }\n', 'unsafe-c'),
    ('lib/base/a.cpp', 'void f() { assert(a); }\n', 'assert'),
    ('lib/base/a.cpp', 'void f() { static_assert(a); }\n', None),
    ('lib/base/a.cpp', 'int a;  // TO' + 'DO later\n', 'mark'),
    ('scripts/a', '#!/bin/sh\n<<<<<' + '<< HEAD\n', 'merge'),
    ('docs/a.md', 'See /wo' + 'rk/notes.\n', 'outside-path'),
    ('lib/base/a.cpp', 'int a;\n' * 501, 'file-size'),
    ('lib/base/a.cpp', 'int a;\n' * 500, None),
    ('lib/base/a.hpp', header('base/a.hpp', 'int a;\n' * 400), 'file-size'),
    ('scripts/a', '#\n' * 401, 'file-size'),
    ('lib/base/a.cpp', f'// {"x" * 98}\n', 'line-length'),
    ('lib/base/a.cpp', f'// {"ü" * 97}\n', None),
    ('lib/base/aB.cpp', '', 'file-name'),
    ('lib/base/string_utils.cpp', '', 'file-name'),
    ('tests/unit/base/a.cpp', 'TEST_CASE("x") {}\n', 'file-name'),
    ('lib/base/a.hpp', '#pragma once\n', 'header-form'),
    ('lib/base/a.hpp', '// base/a.hpp - a thing.\n', 'header-form'),
    ('lib/base/a.hpp', header('base/a.hpp', 'using namespace std;'), 'header-form'),
    ('tests/sandbox/a.hpp', '// A thing.\n#pragma once\n', None),
    ('lib/base/a.cpp', 'void f() {\n' + 'a();\n' * 69 + '}\n', 'function-size'),
    ('lib/base/a.cpp', 'void f() {\n' + 'a();\n' * 68 + '}\n', None),
    ('lib/base/a.cpp', 'void f() {\n  const Row rows[] = {\n' + '{1, 2},\n' * 90 + '};\n}\n', None),
    ('lib/base/a.cpp', 'constexpr std::array kRows{\n' + 'row("(", 2),\n' * 90 + '};\n', None),
    ('lib/base/a.cpp', 'A::A(int a) : a_(a), b_{2} {\n' + 'a();\n' * 69 + '}\n', 'function-size'),
    ('lib/base/a.cpp', 'void f(int a, std::map<int, int> b, int c, int d, int e, int f) {}\n', 'parameters'),
    ('lib/base/a.cpp', 'void f(int a, std::map<int, int> b, int c, int d, F<int(int, int)> e) {}\n', None),
    ('lib/base/a.cpp', nested(5), 'nesting'),
    ('lib/base/a.cpp', nested(4), None),
    ('docs/a.md', 'Run `scripts/gone --now`.\n', 'document-path'),
    ('docs/a.md', '```\nscripts/gone\n```\n', 'document-path'),
    ('docs/a.md', 'See `base/gone.hpp`.\n', 'document-path'),
    ('docs/a.md', 'See [it](gone.md).\n', 'document-path'),
    ('docs/a.md', 'See [it](a.md#x), [that](https://example.org/a), `build/dev/x`, `tests/<name>`.\n', None),
    ('lib/base/a.cpp', '// docs/gone.md says why.\n', 'document-path'),
)


class Rules(unittest.TestCase):
    def test_every_case_fires_its_rule_and_no_other(self):
        for path, text, rule in CASES:
            with self.subTest(path=path, text=text[:60], rule=rule):
                self.assertEqual(findings({path: text}), {(path, rule)} if rule else set())

    def test_every_rule_has_a_case(self):
        shown = {case[2] for case in CASES} | {'include-cycle', 'folder-size', 'not-built', 'metric-name',
                                               'coroutine-place', 'coroutine-form'}
        folder = os.path.dirname(os.path.abspath(__file__))
        rules = set()
        for module in ('calls', 'layers', 'shape', 'documents', 'coroutines'):
            with open(os.path.join(folder, module + '.py'), encoding='utf-8') as f:
                rules |= set(re.findall(r"(?:Ban\(|^    \(|[\w)], )'([a-z]+(?:-[a-z]+)*)', ?(?:\w|$|\(|f?')",
                                        f.read(), re.M))
        self.assertGreater(len(rules), 20)
        self.assertLessEqual(rules, shown)

    def test_a_cycle_of_includes_is_found(self):
        files = {'lib/base/a.hpp': header('base/a.hpp', '#include "base/b.hpp"'),
                 'lib/base/b.hpp': header('base/b.hpp', '#include "base/a.hpp"')}
        self.assertEqual(findings(files), {('lib/base/b.hpp', 'include-cycle')})

    def test_a_crowded_folder_is_found(self):
        files = {f'lib/base/a{n}.cpp': '' for n in range(25)}
        self.assertEqual(findings(files), {('lib/base', 'folder-size')})

    def test_a_source_that_nothing_builds_is_found(self):
        files = {'CMakeLists.txt': 'ba.cpp', 'lib/base/a.cpp': ''}
        self.assertEqual(findings(files), {('lib/base/a.cpp', 'not-built')})

    def test_a_metric_that_nobody_exports_is_found(self):
        files = {'daemon/a.cpp': 'f(counter(registry_, "a_total", ""), histogram(registry_,\n "b_seconds"));\n',
                 'config/monitoring/a.yaml': 'devicebatchd_a_total / devicebatchd_b_seconds_count\n'}
        self.assertEqual(findings(files), set())
        files['config/monitoring/a.yaml'] += 'devicebatchd_gone\n'
        self.assertEqual(findings(files), {('config/monitoring/a.yaml', 'metric-name')})

    def test_an_exception_excuses_one_rule_in_one_file(self):
        files = {'lib/base/a.cpp': 'int r = rand();\n'}
        self.assertEqual(findings(files, 'lib/base/a.cpp random it is a dice\n'), set())

    def test_an_unused_or_unexplained_exception_is_a_finding(self):
        expected = {('tests/tidy/allow.txt', 'allow')}
        self.assertEqual(findings({}, 'lib/base/a.cpp random it is a dice\n'), expected)
        self.assertEqual(findings({}, 'lib/base/a.cpp random\n'), expected)


class Coroutines(unittest.TestCase):
    def flagged(self, text, path='lib/engine/a.cpp'):
        return {rule for _, rule, _ in coroutines.check(Source(path, text))}

    def test_every_form_that_is_miscompiled_is_flagged(self):
        for text in selftest_coroutines.BAD:
            with self.subTest(text=text):
                self.assertEqual(self.flagged(selftest_coroutines.in_function(text)), {'coroutine-form'})

    def test_no_form_that_works_is_flagged(self):
        for text in selftest_coroutines.GOOD:
            with self.subTest(text=text):
                self.assertEqual(self.flagged(selftest_coroutines.in_function(text)), set())

    def test_co_await_has_its_place(self):
        text = selftest_coroutines.in_function('co_await f();')
        self.assertEqual(self.flagged(text, 'lib/http/a.cpp'), {'coroutine-place'})


class Brackets(unittest.TestCase):
    def kinds(self, text):
        return [n.kind for n in Source('a.cpp', text).nodes() if n.kind not in '([']

    def test_braces_are_told_apart(self):
        for text, kinds in (
                ('namespace a::b { struct C : D { int e() const { return 1; } }; }', 'function type namespace'),
                ('enum class A : int { a };', 'type'),
                ('A::A(int b) noexcept : b_{b}, c_(1) { d(); }', 'init function'),
                ('auto f() -> Result<int> { return {1}; }', 'init function'),
                ('template <class T> struct A { T t{}; };', 'init type'),
                ('template <class T> T f(T t) { if (t) { } else { } do { } while (t); }',
                 'control control control function'),
                ('T& A::operator[](int i) { return a[i]; }', 'function'),
                ('TEST_CASE("a {", "[b]") { SECTION("c") { d(); } }', 'block function'),
                ('void f() { auto g = [x](int y) mutable -> int { return y; }; }', 'lambda function'),
                ('void f() { call([&] { a(); }, A{1}); }', 'lambda init function'),
                ('void f() { switch (a) { case 1: { b(); } default: c(); } }', 'block control function'),
                ('int a[] = {1}; static const B b{2};', 'init init'),
                ('void f() { for (auto x : {1, 2}) { y(x); } }', 'init control function')):
            with self.subTest(text=text):
                nodes = self.kinds(text)
                self.assertEqual(sorted(nodes), sorted(kinds.split()))

    def test_parameters_are_counted(self):
        for head, count in (('void f()', 0), ('explicit A(int a, std::map<int, B> b = {})', 2),
                            ('decltype(a) f(F<void(int, int)> g)', 1), ('bool operator==(A a, A b)', 2)):
            self.assertEqual(len(parameters_of(head)), count, head)


if __name__ == '__main__':
    unittest.main()
