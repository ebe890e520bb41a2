import unittest

from support import ToolTest


class CheckIncludes(ToolTest):
    tool = 'check_includes.py'

    def setUp(self):
        super().setUp()
        self.room('base', 0)
        self.room('crypto', 1, 'base')
        self.room('wire', 1, 'base')
        self.room('policy', 2, 'crypto')
        self.room('enforcement', 4, 'policy')
        self.room('console', 7, 'enforcement')

    def room(self, name, level, depends='', more=''):
        self.write(f'cordon/{name}/CMakeLists.txt',
                   f'# cordon_room(comment LEVEL 9)\ncordon_room({name} LEVEL {level}\n  SOURCES a.cpp DEPENDS {depends} {more})\n')

    def assert_clean(self, name, content):
        self.write(name, content)
        self.assertEqual(self.run_tool()[:2], (0, ''))

    def assert_fault(self, name, content, *parts):
        self.write(name, content)
        status, out, _ = self.run_tool()
        self.assertEqual(status, 1)
        self.assertEqual(out.count('\n'), 1, out)
        for part in parts:
            self.assertIn(part, out)

    def test_allows_itself_what_it_declares_and_what_those_declare(self):
        self.assert_clean('cordon/policy/a.cpp',
                          '#include <vector>\n#include "cordon/policy/a.h"\n#include "cordon/crypto/a.h"\n#include "cordon/base/a.h"\n')

    def test_refuses_an_undeclared_room(self):
        self.assert_fault('cordon/policy/a.cpp', '\n#include "cordon/wire/a.h"\n', 'cordon/policy/a.cpp:2:', 'declare wire in DEPENDS')

    def test_refuses_what_is_two_steps_away(self):
        self.assert_fault('cordon/enforcement/a.cpp', '#include "cordon/base/a.h"\n', 'declare base')

    def test_a_room_of_the_same_level_does_not_lend_its_neighbours(self):
        self.room('one', 1, 'wire')
        self.room('two', 1, 'one')
        self.assert_fault('cordon/two/a.cpp', '#include "cordon/wire/a.h"\n', 'declare wire')

    def test_refuses_upward_and_unknown_rooms(self):
        self.assert_fault('cordon/base/a.h', '#include "cordon/crypto/a.h"\n', 'room base includes cordon/crypto/a.h')
        self.assert_fault('cordon/base/a.h', '#include "cordon/nowhere/a.h"\n', 'there is no room nowhere')

    def test_refuses_a_folder_that_is_no_room(self):
        self.assert_fault('cordon/new/a.h', '', 'cordon/new is no room', 'cordon_room()')

    def test_rooms_do_not_include_what_stands_above(self):
        self.assert_fault('cordon/base/a.cpp', '#include "lab/core.h"\n', 'lab stands above the rooms')

    def test_top_folders_may_include_every_room(self):
        for folder in ('lab', 'app/cordon', 'tests', 'benchmarks', 'fuzz'):
            self.assert_clean(f'{folder}/a.cpp', '#include "cordon/console/a.h"\n#include "cordon/base/a.h"\n#include "lab/a.h"\n')

    def test_the_proxy_has_a_list_of_its_own(self):
        self.assert_fault('app/cordon-proxy/main.cpp', '#include "cordon/enforcement/a.h"\n#include "cordon/console/a.h"\n',
                          'main.cpp:2: cordon-proxy includes cordon/console/a.h')

    def test_tests_may_use_what_only_tests_declare(self):
        self.room('wire', 1, 'base', 'TESTS a_test.cpp support.cpp TEST_DEPENDS cordon_crypto')
        for name in ('a_test.cpp', 'support.cpp'):
            self.assert_clean(f'cordon/wire/{name}', '#include "cordon/crypto/a.h"\n')
        self.assert_fault('cordon/wire/a.cpp', '#include "cordon/crypto/a.h"\n', 'declare crypto')

    def test_libraries_stay_in_their_rooms(self):
        for header, owner in (('openssl/evp.h', 'crypto'), ('sodium.h', 'crypto'), ('nghttp2/nghttp2.h', 'wire'),
                              ('yaml.h', 'base'), ('z3++.h', 'policy')):
            with self.subTest(header):
                self.assert_clean(f'cordon/{owner}/a.cpp', f'#include <{header}>\n')
                self.assert_fault('cordon/console/a.cpp', f'#include <{header}>\n', f'only the room {owner} includes it')
                self.write('cordon/console/a.cpp', '')

    def test_bans_come_with_their_reason(self):
        for code, reason in (('int x = rand();', 'predicted'), ('std::srand(1);', 'predicted'),
                             ('std::shared_mutex m;', 'waiting hides'), ('auto* p = new int(3);', 'nobody owns'),
                             ('delete p;', 'ownership'), ('auto t = std::chrono::system_clock::now();', 'Clock')):
            with self.subTest(code):
                self.assert_fault('cordon/wire/a.cpp', f'\n{code}\n', 'a.cpp:2:', reason)

    def test_words_that_only_look_banned_pass(self):
        self.assert_clean('cordon/wire/a.cpp', '''// new rand() and delete in a comment, don't mind
A(const A&) = delete;
void operator delete(void* p);
const char* s = "new x; delete x; std::mutex";
const auto raw = R"(rand() " new x)";
auto a = Uuid::random(); strand(1); source.rand(); auto new_value = 1'000'000; auto t = cordon::system_clock().now();
return std::unique_ptr<A>(new A(1));
std::unique_ptr<A> a(new A(1));
''')

    def test_a_reason_lifts_a_ban(self):
        self.assert_clean('cordon/wire/a.cpp', 'auto* p = new (place) A;  // allowed: placement into the arena\n')

    def test_base_may_use_locks_and_the_system_clock(self):
        self.assert_clean('cordon/base/a.cpp', 'std::mutex m; auto t = std::chrono::system_clock::now();\n')

    def test_tests_do_not_sleep(self):
        code = 'std::this_thread::sleep_for(1s);\n'
        self.assert_clean('cordon/wire/a.cpp', code)
        self.assert_fault('cordon/wire/a_test.cpp', code, 'a_test.cpp:1: sleep in a test is banned')


if __name__ == '__main__':
    unittest.main()
