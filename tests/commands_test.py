"""The command line as a stranger uses it: help, wrong words, wrong files."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import BIN, SOURCE, cordon


class CommandsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cordon-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def test_every_command_has_help_with_usage_and_example(self):
        names = re.findall(r"^  ([a-z]+) +\S", cordon("--help", check=0).stdout, re.M)
        self.assertGreaterEqual(len(names), 6)
        for name in set(names) - {"cordon"}:
            with self.subTest(command=name):
                text = cordon(name, "--help", check=0).stdout
                self.assertIn("usage: cordon " + name, text)
                self.assertIn("example", text)

    def test_wrong_words_get_one_line_with_a_hint(self):
        for words, hint in [(["polcy"], "policy"), (["log", "show", "--jsn"], "--json"), (["up", "--confg", "x"], "--config")]:
            with self.subTest(words=words):
                done = cordon(*words, check=2)
                self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
                self.assertIn(hint, done.stderr)

    def test_a_wrong_configuration_names_line_and_key_before_anything_starts(self):
        config = self.write("cordon.yaml", "policy: p.cedar\ninventory: i.yaml\nmetrcs: 127.0.0.1:1\nlab_cleartext: perhaps\n")
        done = cordon("up", "--config", config, check=2)
        self.assertIn("cordon.yaml:3", done.stderr)
        self.assertIn("metrics", done.stderr)
        self.assertIn("cordon.yaml:4", done.stderr)

    def test_a_wrong_policy_names_the_place(self):
        policy = self.write("wrong.cedar", 'permit (principal, action, resource)\nwhen { principal.nfType = "AMF" };\n')
        done = cordon("policy", "check", policy, check=1)
        self.assertIn("wrong.cedar:2:", done.stderr)
        self.assertIn("^", done.stderr)

    def test_the_default_policy_is_right_and_init_writes_it(self):
        report = json.loads(cordon("policy", "check", SOURCE / "policies/sbi.cedar", "--json", check=0).stdout)
        self.assertTrue(report["valid"])
        cordon("init", self.folder / "new", check=0)
        self.assertEqual((SOURCE / "policies/sbi.cedar").read_text(), (self.folder / "new/policy.cedar").read_text())
        again = cordon("init", self.folder / "new", check=2)
        self.assertIn("exists already", again.stderr)

    def test_missing_files_are_named(self):
        self.assertIn("nowhere.cedar", cordon("policy", "check", self.folder / "nowhere.cedar", check=2).stderr)
        self.assertIn("nowhere.yaml", cordon("up", "--config", self.folder / "nowhere.yaml", check=2).stderr)
        done = subprocess.run([BIN / "cordon-proxy"], capture_output=True, text=True)
        self.assertEqual(64, done.returncode)
        self.assertIn("--config", done.stderr)

    def test_explain_and_show_name_a_missing_record(self):
        for words in (["explain", "5"], ["log", "verify"], ["log", "show"]):
            done = cordon(*words, "--evidence", self.folder / "none")
            self.assertNotEqual(0, done.returncode)
            self.assertIn("none", done.stderr)

    def test_an_altered_log_is_found_and_located(self):
        # A log made by a short laboratory run is altered in one byte.
        done = cordon("lab", "replay", "--folder", self.folder / "lab", "--json", timeout=300)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        evidence = self.folder / "lab" / "state" / "evidence"
        cordon("log", "verify", "--evidence", evidence, check=0)
        keys = evidence / "public" / "log.vkeys"
        without_us = ["node", SOURCE / "tools" / "verify_log.mjs", evidence / "public", keys]
        self.assertEqual(0, subprocess.run(without_us, capture_output=True).returncode)
        bundle = evidence / "public" / "tile" / "entries" / "000"
        content = bytearray(bundle.read_bytes())
        content[1000] ^= 1
        bundle.write_bytes(content)
        found = cordon("log", "verify", "--evidence", evidence, check=1)
        self.assertIn("tile/entries/000", found.stdout + found.stderr)
        self.assertNotEqual(0, subprocess.run(without_us, capture_output=True).returncode)

    def test_completion_is_valid_shell(self):
        script = cordon("completion", "bash", check=0).stdout
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        self.assertIn("--once", script)


if __name__ == "__main__":
    unittest.main()
