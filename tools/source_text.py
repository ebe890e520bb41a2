"""What the checking tools share: finding C++ files, and C++ text without comments and literals."""
import re
from pathlib import Path

_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",  # not the separator in 1'000
    re.DOTALL)


def _blank(match):
    text = match.group(0)
    kept = '""' if text.endswith('"') else "''" if text.endswith("'") and not text.startswith('/') else ''
    return kept + '\n' * text.count('\n')


def code_only(text):
    """The text with comments removed and literals emptied; every line keeps its number."""
    return _TOKEN.sub(_blank, text)


def cpp_files(root, folders):
    """The C++ files under the folders, sorted, without generated ones and without snippets that must not compile."""
    found = []
    for folder in folders:
        for path in Path(root, folder).rglob('*'):
            relative = path.relative_to(root)
            if path.suffix in ('.cpp', '.h') and not {'generated', 'compile_failure', 'build'} & set(relative.parts):
                found.append(path)
    return sorted(found)


def is_test(path):
    return path.name.endswith('_test.cpp')
