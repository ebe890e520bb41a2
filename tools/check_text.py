#!/usr/bin/env python3
"""Small rules for every text file that git tracks or would track.

    tools/check_text.py [--root FOLDER]

No white space at line ends, no tabs in sources, a line end at the end, #pragma once in headers, and none of the words
below, which belong to the machine somebody worked on. One line a fault: file:line: what: remedy. Exit status 1 then.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

WORDS = [
    (re.compile(r'''(?:^|[\s"'`=(:<\[,])/(?:work|root)/'''), 'a path of one machine', 'name it relative to the repository'),
    (re.compile(r'deb\.debian\.org|snapshot\.debian|ftp\.[\w.]*debian'), 'a package mirror', "the host's own sources decide"),
]
THIS_TOOL = {'tools/check_text.py', 'tools/tests/test_check_text.py'}  # they name the words to find them

SOURCES = {'.cpp', '.h', '.py', '.sh', '.cmake', '.json', '.yaml', '.yml', '.cedar', '.md', '.txt'}
# Data whose bytes matter: seeds for fuzzing, recordings and vectors are as they came.
DATA_FOLDERS = {'corpus', 'recordings', 'vectors'}


def tracked(root):
    listed = subprocess.run(['git', '-C', str(root), 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                            check=True, capture_output=True).stdout
    paths = {Path(root, name) for name in listed.decode().split('\0') if name}
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def text_of(path):
    """None for what is no text."""
    content = path.read_bytes()
    if b'\0' in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def word_faults(text):
    for number, line in enumerate(text.split('\n'), 1):
        for pattern, what, remedy in WORDS:
            if match := pattern.search(line):
                yield number, f"{what} ({match.group(0).strip()})", remedy


def layout_faults(path, text):
    for number, line in enumerate(text.split('\n'), 1):
        if line != line.rstrip():
            yield number, 'white space at the end', 'remove it'
        if '\t' in line and path.suffix in SOURCES:
            yield number, 'a tab', 'use spaces'
    if text and not text.endswith('\n'):
        yield text.count('\n') + 1, 'no line end at the end of the file', 'add one'
    if path.suffix == '.h' and not re.search(r'^#pragma once$', text, re.MULTILINE):
        yield 1, 'no #pragma once', 'add it after the first comment'


def faults(root):
    for path in tracked(root):
        relative = path.relative_to(root)
        text = text_of(path)
        if text is None:
            continue
        found = [] if relative.as_posix() in THIS_TOOL else list(word_faults(text))
        if not DATA_FOLDERS & set(relative.parts):
            found += layout_faults(path, text)
        for number, what, remedy in sorted(found):
            yield f'{relative}:{number}: {what}: {remedy}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--root', type=Path, default=Path(__file__).resolve().parent.parent)
    found = list(faults(parser.parse_args().root))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
