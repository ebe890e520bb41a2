import json
import sys
import unittest

from support import TOOLS, ToolTest

sys.path.insert(0, str(TOOLS))
from size_report import function_lengths, percentile  # noqa: E402 (the path comes first)


class FunctionLengths(unittest.TestCase):
    def test_counts_from_the_signature_to_the_closing_brace(self):
        self.assertEqual(function_lengths('int f(int a,\n      int b) {\n  return a;\n}\n'), [4])

    def test_looks_into_namespaces_and_classes(self):
        self.assertEqual(function_lengths('namespace a {\nclass B final : C {\n  int f() const { return 1; }\n  void g() {\n  }\n};\n}\n'),
                         [1, 2])

    def test_blocks_and_lambdas_belong_to_their_function(self):
        self.assertEqual(function_lengths('void f() {\n  if (x) {\n  }\n  g([](int a) {\n  });\n}\n'), [6])

    def test_initialisers_and_enums_are_no_functions(self):
        self.assertEqual(function_lengths('enum class A { b };\nint x[] = {1};\nauto y = g({1});\nstruct S { int a{1}; };\n'), [])

    def test_braces_in_text_and_comments_do_not_count(self):
        self.assertEqual(function_lengths('void f() {  // {\n  g("}", \'}\', R"(\n})");\n}\n'), [4])

    def test_percentiles_of_little_are_defined(self):
        self.assertEqual(percentile([], 0.5), 0)
        self.assertEqual(percentile([7], 0.99), 7)


class SizeReport(ToolTest):
    tool = 'size_report.py'

    def test_reports_for_machines(self):
        self.write('cordon/a/a.cpp', 'int f() {\n  return 1;\n}\n')
        self.write('cordon/a/a_test.cpp', '\n')
        self.write('cordon/a/generated/table.cpp', '\n' * 900)
        status, out, _ = self.run_tool('--json')
        parts = json.loads(out)
        self.assertEqual(status, 0)
        self.assertEqual(parts['cordon']['files'], {'count': 1, 'lines': 3, 'median': 3, 'p90': 3, 'max': 3})
        self.assertEqual(parts['cordon']['functions']['max'], 3)
        self.assertEqual(parts['cordon tests']['files']['count'], 1)

    def test_refuses_a_file_of_more_than_800_lines(self):
        self.write('lab/long.cpp', '\n' * 800)
        self.assertEqual(self.run_tool()[0], 0)
        self.write('lab/long.cpp', '\n' * 801)
        status, out, err = self.run_tool()
        self.assertEqual(status, 1)
        self.assertIn('lab', out)
        self.assertIn('lab/long.cpp:801: 801 lines: split it', err)


if __name__ == '__main__':
    unittest.main()
