#!/usr/bin/env python3
"""How long the files and functions of cordon/, lab/ and app/ are.

    tools/size_report.py [--json] [--root FOLDER]

Functions are found by their braces: close enough to watch a trend. Exit status 1 when a file has more than 800 lines.
"""
import argparse
import json
import re
import sys
from pathlib import Path

from source_text import code_only, cpp_files, is_test

FOLDERS = ('cordon', 'lab', 'app')
LONGEST_FILE = 800

# What opens a brace that holds functions rather than being one.
CONTAINER = re.compile(r'(^|\s)(namespace|class|struct|union|enum|extern)\b[^()=]*$')


def function_lengths(text):
    """Lines from the first of a function's signature to its closing brace, for every function outside functions."""
    lengths = []
    stack = []  # of the first line of a function, or None for a container
    inside = 0  # functions on the stack
    header = ''
    line = header_line = 1
    for c in re.sub(r'^[ \t]*#[^\n]*', '', code_only(text), flags=re.MULTILINE):
        if c == '{':
            is_function = not CONTAINER.search(header) and '(' in header and '=' not in header.split('(')[0]
            starts = header_line if is_function and inside == 0 else None
            stack.append(starts)
            inside += starts is not None
            header = ''
        elif c == '}' and stack:
            starts = stack.pop()
            if starts is not None:
                inside -= 1
                lengths.append(line - starts + 1)
            header = ''
        elif c == ';':
            header = ''
        elif c == '\n':
            line += 1
            header += ' '
        else:
            if not header.strip():
                header_line = line
            header += c
    return lengths


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def summary(paths):
    texts = [path.read_text() for path in paths]
    files = [text.count('\n') for text in texts]
    functions = [length for text in texts for length in function_lengths(text)]
    return {
        'files': {'count': len(files), 'lines': sum(files), 'median': percentile(files, 0.5),
                  'p90': percentile(files, 0.9), 'max': max(files, default=0)},
        'functions': {'count': len(functions), 'median': percentile(functions, 0.5), 'p90': percentile(functions, 0.9),
                      'p99': percentile(functions, 0.99), 'max': max(functions, default=0)},
    }


def report(root):
    out = {}
    for folder in FOLDERS:
        paths = cpp_files(root, (folder,))
        out[folder] = summary([path for path in paths if not is_test(path)])
        out[f'{folder} tests'] = summary([path for path in paths if is_test(path)])
    return {name: part for name, part in out.items() if part['files']['count']}


def print_table(parts):
    print(f'{"":13} {"files":>5} {"lines":>6} {"median":>6} {"p90":>4} {"max":>4}   {"functions":>9} {"median":>6} {"p90":>4} {"p99":>4} {"max":>4}')
    for name, part in parts.items():
        files, functions = part['files'], part['functions']
        print(f'{name:13} {files["count"]:5} {files["lines"]:6} {files["median"]:6} {files["p90"]:4} {files["max"]:4}   '
              f'{functions["count"]:9} {functions["median"]:6} {functions["p90"]:4} {functions["p99"]:4} {functions["max"]:4}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--json', action='store_true', help='for machines')
    parser.add_argument('--root', type=Path, default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    parts = report(arguments.root)
    if arguments.json:
        print(json.dumps(parts, indent=1))
    else:
        print_table(parts)
    long_files = [(path, lines) for path in cpp_files(arguments.root, FOLDERS)
                  if (lines := path.read_text().count('\n')) > LONGEST_FILE]
    for path, lines in long_files:
        print(f'{path.relative_to(arguments.root)}:{LONGEST_FILE + 1}: {lines} lines: split it, {LONGEST_FILE} are the most',
              file=sys.stderr)
    return 1 if long_files else 0


if __name__ == '__main__':
    sys.exit(main())
