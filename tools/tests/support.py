"""Runs a tool over a small tree of files made for one test."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent


class ToolTest(unittest.TestCase):
    tool = ''

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run_tool(self, *arguments):
        """Exit status, standard output and standard error."""
        done = subprocess.run([sys.executable, '-B', TOOLS / self.tool, '--root', self.root, *arguments],
                              capture_output=True, text=True, check=False)
        self.assertNotIn('Traceback', done.stderr)
        return done.returncode, done.stdout, done.stderr
