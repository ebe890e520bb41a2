#!/usr/bin/env python3
"""Holds #include lines to the rooms' declarations, foreign libraries to their one room, and keeps banned words out.

    tools/check_includes.py [--root FOLDER]

A room (a folder of cordon/ with cordon_room(NAME LEVEL n DEPENDS ...)) may include headers of itself, of the rooms it
declares, and of lower rooms that those declare. lab, app, tests, benchmarks and fuzz stand above all rooms; no room includes
them. app/cordon-proxy faces the enemy and has a list of its own.

One line a fault: file:line: what: remedy. Exit status 1 when there is one.
A line that must break a ban says why: // allowed: REASON
"""
import argparse
import re
import sys
from pathlib import Path

from source_text import code_only, cpp_files, is_test

TOP_FOLDERS = ('lab', 'app', 'tests', 'benchmarks', 'fuzz')
PROXY = 'app/cordon-proxy/'
PROXY_ROOMS = {'base', 'crypto', 'wire', 'evidence', 'identity', 'tokens', 'policy', 'enforcement'}

# (header pattern, the room it belongs to)
LIBRARIES = [
    (re.compile(r'openssl/'), 'crypto'),
    (re.compile(r'sodium(\.h$|/)'), 'crypto'),
    (re.compile(r'nghttp2/'), 'wire'),
    (re.compile(r'yaml\.h$'), 'base'),
    (re.compile(r'z3(\+\+|_\w+)?\.h$'), 'policy'),
]


class Ban:
    def __init__(self, pattern, what, reason, where=lambda path, room: True, unless=None):
        self.pattern = re.compile(pattern)
        self.what = what
        self.reason = reason
        self.where = where
        self.unless = re.compile(unless) if unless else None

    def breaks(self, line):
        return self.pattern.search(line) and not (self.unless and self.unless.search(line))


def outside_base(path, room):
    return room != 'base'


BANS = [
    Ban(r'(?<![\w.>])s?rand\s*\(', 'rand()',
        'it can be predicted: use fill_random() of cordon/base/random.h, or a seeded std engine in a simulation'),
    Ban(r'\bstd::(?:\w+_)?mutex\b', 'std::mutex',
        'waiting hides in it: hand work over with cordon/base/ring.h or Loop::defer(), or publish an immutable snapshot',
        outside_base),
    Ban(r'(?<!operator )\bnew\b\s*[\w:(\[]', 'new', 'nobody owns the result: use std::make_unique or a container',
        unless=r'\bunique_ptr<[^;]*>\s*\w*\s*\(\s*new\b'),  # owned at once: how factories reach a private constructor
    Ban(r'(?<!operator )(?<!= )(?<!=)\bdelete\b', 'delete', 'ownership belongs to a type: use std::unique_ptr'),
    Ban(r'\bchrono::system_clock\b', 'std::chrono::system_clock',
        'tests and the twin must own the time: take a cordon::Clock', outside_base),
    Ban(r'(?<![\w.>])(?:sleep|usleep|nanosleep|(?:std::this_thread::)?sleep_(?:for|until))\s*\(', 'sleep in a test',
        'it is slow on a fast machine and wrong on a slow one: wait for the event, or use ManualClock',
        lambda path, room: is_test(path)),
]

ROOM = re.compile(r'cordon_room\s*\(\s*(\w+)([^)]*)\)')
KEYWORDS = {'LEVEL', 'SOURCES', 'DEPENDS', 'PACKAGES', 'TESTS', 'TEST_DEPENDS'}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


class Room:
    def __init__(self, name, words):
        self.name = name
        lists = {}
        current = None
        for word in words:
            if word in KEYWORDS:
                current = lists.setdefault(word, [])
            elif current is not None:
                current.append(word)
        self.level = int(lists.get('LEVEL', ['0'])[0])
        self.depends = set(lists.get('DEPENDS', []))
        self.tests = set(lists.get('TESTS', []))
        self.test_depends = {word.removeprefix('cordon_') for word in lists.get('TEST_DEPENDS', [])}


def read_rooms(root):
    rooms = {}
    for path in sorted(Path(root, 'cordon').glob('*/CMakeLists.txt')):
        text = re.sub(r'#[^\n]*', '', path.read_text())
        for match in ROOM.finditer(text):
            rooms[match.group(1)] = Room(match.group(1), match.group(2).split())
    return rooms


def allowed_rooms(room, rooms):
    """The room, what it declares, and the lower rooms that those declare."""
    allowed = {room.name} | room.depends
    for name in room.depends & rooms.keys():
        allowed |= {other for other in rooms[name].depends if other in rooms and rooms[other].level < room.level}
    return allowed


class Checker:
    def __init__(self, root):
        self.root = Path(root)
        self.rooms = read_rooms(root)
        self.faults = []

    def fault(self, path, line, what, remedy):
        self.faults.append(f'{path.relative_to(self.root)}:{line}: {what}: {remedy}')

    def run(self):
        for path in cpp_files(self.root, ('cordon', *TOP_FOLDERS)):
            parts = path.relative_to(self.root).parts
            room = parts[1] if parts[0] == 'cordon' and len(parts) > 2 else None
            if room is not None and room not in self.rooms:
                self.fault(path, 1, f'cordon/{room} is no room', f'declare it with cordon_room() in cordon/{room}/CMakeLists.txt')
                continue
            text = path.read_text()
            self.check_includes(path, room, text)
            self.check_bans(path, room, text)
        return self.faults

    def check_includes(self, path, room, text):
        for number, line in enumerate(text.split('\n'), 1):
            match = INCLUDE.match(line)
            if match and '// allowed: ' not in line:
                self.check_room(path, room, number, match.group(1))
                self.check_library(path, room, number, match.group(1))

    def check_room(self, path, room, number, header):
        parts = header.split('/')
        if room is not None and len(parts) > 1 and parts[0] in TOP_FOLDERS:
            self.fault(path, number, f'room {room} includes {header}', f'{parts[0]} stands above the rooms: move what is needed down')
        if parts[0] != 'cordon' or len(parts) < 3:
            return
        other = parts[1]
        if other not in self.rooms:
            self.fault(path, number, f'includes {header}', f'there is no room {other}')
        elif room is not None and other not in self.allowed(path, room):
            self.fault(path, number, f'room {room} includes {header}',
                       f'declare {other} in DEPENDS of cordon/{room}/CMakeLists.txt, or do without')
        elif path.relative_to(self.root).as_posix().startswith(PROXY) and other not in PROXY_ROOMS:
            self.fault(path, number, f'cordon-proxy includes {header}',
                       'the enforcement point uses only ' + ', '.join(sorted(PROXY_ROOMS)))

    def allowed(self, path, room):
        declared = self.rooms[room]
        allowed = allowed_rooms(declared, self.rooms)
        if is_test(path) or path.name in declared.tests:
            allowed |= declared.test_depends
        return allowed

    def check_library(self, path, room, number, header):
        for pattern, owner in LIBRARIES:
            if pattern.match(header) and room != owner:
                self.fault(path, number, f'includes <{header}>',
                           f'only the room {owner} includes it: use what cordon/{owner} offers, or extend it there')

    def check_bans(self, path, room, text):
        lines = text.split('\n')
        for number, line in enumerate(code_only(text).split('\n'), 1):
            if INCLUDE.match(line) or '// allowed: ' in lines[number - 1]:
                continue
            for ban in BANS:
                if ban.where(path, room) and ban.breaks(line):
                    self.fault(path, number, f'{ban.what} is banned', ban.reason)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--root', type=Path, default=Path(__file__).resolve().parent.parent)
    faults = Checker(parser.parse_args().root).run()
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
