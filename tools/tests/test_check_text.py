import subprocess
import unittest

from support import ToolTest


class CheckText(ToolTest):
    tool = 'check_text.py'

    def setUp(self):
        super().setUp()
        subprocess.run(['git', 'init', '-q', self.root], check=True)

    def assert_faults(self, *expected):
        status, out, _ = self.run_tool()
        self.assertEqual(status, 1 if expected else 0, out)
        lines = out.splitlines()
        self.assertEqual(len(lines), len(expected), out)
        for line, start in zip(lines, expected):
            self.assertTrue(line.startswith(start), line)

    def test_accepts_ordinary_files(self):
        self.write('a.h', '// A.\n#pragma once\n')
        self.write('b.md', 'the work/root folder, https://example.org/work/x and /home/you\n')
        self.write('empty.txt', '')
        self.write('picture.png', b'\x89PNG\0 \n\t')
        self.assert_faults()

    def test_finds_layout_faults(self):
        self.write('a.cpp', 'one \n\ttwo\nlast')
        self.write('b.h', 'int x;\n')
        self.assert_faults('a.cpp:1: white space', 'a.cpp:2: a tab', 'a.cpp:3: no line end', 'b.h:1: no #pragma once')

    def test_finds_words_of_one_machine(self):
        self.write('a.md', 'see /work/main\nand "/root/x"\n')
        self.write('b.sh', 'curl http://deb.debian.org/debian\ncurl ftp.de.debian.org\n')
        self.write('c.md', 'snapshot.debian.org\n')
        self.assert_faults('a.md:1: a path of one machine (/work/)', 'a.md:2: a path', 'b.sh:1: a package mirror', 'b.sh:2: a package',
                           'c.md:1: a package')

    def test_looks_only_at_what_git_would_track(self):
        self.write('.gitignore', 'build/\n')
        self.write('build/a.cpp', 'one \n')
        self.assert_faults()

    def test_leaves_the_bytes_of_data_alone_but_not_its_words(self):
        self.write('fuzz/corpus/x/seed', 'one \n\tlast')
        self.write('lab/recordings/r.json', '{"path": "/root/x"}')
        self.assert_faults('lab/recordings/r.json:1: a path of one machine')


if __name__ == '__main__':
    unittest.main()
