"""Bundles on the command line: keys, making, signing, showing, verifying, and what is refused."""

import json
import os
import pathlib
import stat
import subprocess
import tempfile
import unittest

from bundles import Bundles, bundle, policy
from harness import SOURCE


class PolicyBundleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cordon-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.bundles = Bundles(self.folder)
        self.public = self.folder / "operator.pub"

    def made(self, **options):
        description = self.bundles.make(7, **options)
        self.bundles.put()
        return description

    def test_a_bundle_is_made_shown_and_verified(self):
        made = self.made()
        self.assertEqual(("sbi", 7, ["operator"], False), (made["name"], made["version"], made["signers"], made["verified"]))
        shown = json.loads(bundle("show", self.folder / "sbi.bundle", "--json").stdout)
        verified = json.loads(bundle("verify", self.folder / "sbi.bundle", self.public, "--json").stdout)
        self.assertFalse(shown["verified"])
        self.assertTrue(verified["verified"])
        self.assertEqual(made["policySet"], verified["policySet"])
        self.assertIn("policy set", bundle("show", self.folder / "sbi.bundle").stdout)
        self.assertIn("(verified)", bundle("verify", self.folder / "sbi.bundle", self.public).stdout)

    def test_tar_shows_its_members(self):
        self.made(options=["--schema", SOURCE / "policies/sbi.cedarschema"])
        listed = subprocess.run(["tar", "tf", self.folder / "sbi.bundle"], capture_output=True, text=True, check=True)
        self.assertEqual(["manifest.json", "policies/sbi.cedar", "schema.cedarschema", "signatures.json"], listed.stdout.split())
        self.assertEqual("", listed.stderr)

    def test_private_keys_are_the_owners_alone_and_never_overwritten_or_shown(self):
        secret = self.folder / "operator.key"
        self.assertEqual(0o600, stat.S_IMODE(os.stat(secret).st_mode))
        before = secret.read_text()
        self.assertIn("exists already", bundle("keygen", "operator", "--output", self.folder, check=2).stderr)
        self.assertEqual(before, secret.read_text())
        self.made()
        wrong = bundle("verify", self.folder / "sbi.bundle", secret, check=1)
        self.assertIn("private key", wrong.stderr)
        for line in before.splitlines():
            if len(line) > 30 and "KEY" not in line and " " not in line:
                self.assertNotIn(line, wrong.stdout + wrong.stderr)

    def test_openssl_reads_the_keys(self):
        text = self.public.read_text()
        blocks = ["-----BEGIN PUBLIC KEY-----" + each for each in text.split("-----BEGIN PUBLIC KEY-----")[1:]]
        said = [subprocess.run(["openssl", "pkey", "-pubin", "-noout", "-text"], input=each, capture_output=True, text=True).stdout
                for each in blocks]
        self.assertIn("ED25519", said[0])
        self.assertIn("ML-DSA-65", said[1])

    def test_two_signers_and_a_threshold(self):
        bundle("keygen", "next", "--output", self.folder)
        both = [self.public, self.folder / "next.pub"]
        self.made()
        self.assertIn("2 are needed", bundle("verify", self.folder / "sbi.bundle", *both, "--threshold", 2, check=1).stderr)
        bundle("sign", self.folder / "sbi.bundle", "--key", self.folder / "next.key")
        bundle("verify", self.folder / "sbi.bundle", *both, "--threshold", 2)
        for key in both:
            bundle("verify", self.folder / "sbi.bundle", key)
        self.assertIn("already", bundle("sign", self.folder / "sbi.bundle", "--key", self.folder / "next.key", check=1).stderr)

    def test_what_nobody_signed_is_refused_however_many_keys_are_given(self):
        bundle("keygen", "next", "--output", self.folder)
        self.made(key=None)
        for keys in [[self.public], [self.public, self.folder / "next.pub"]]:
            self.assertIn("not signed", bundle("verify", self.folder / "sbi.bundle", *keys, check=1).stderr)

    def test_a_stranger_or_a_changed_byte_is_refused(self):
        bundle("keygen", "stranger", "--output", self.folder)
        self.made(key="stranger")
        self.assertIn("no trusted key", bundle("verify", self.folder / "sbi.bundle", self.public, check=1).stderr)
        self.made()
        archive = bytearray((self.folder / "sbi.bundle").read_bytes())
        archive[archive.index(b"@id(")] = ord("#")
        (self.folder / "sbi.bundle").write_bytes(archive)
        for words in [["verify", self.folder / "sbi.bundle", self.public], ["show", self.folder / "sbi.bundle"]]:
            self.assertIn("'policies/sbi.cedar' was changed", bundle(*words, check=1).stderr)

    def test_what_tar_packs_is_no_bundle(self):
        self.made()
        subprocess.run(["tar", "xf", self.folder / "sbi.bundle", "-C", self.folder], check=True)
        subprocess.run(["tar", "cf", "own.bundle", "manifest.json", "policies/sbi.cedar", "signatures.json"], cwd=self.folder, check=True)
        self.assertEqual(1, bundle("verify", self.folder / "own.bundle", self.public, check=1).returncode)

    def test_a_set_that_is_not_strictly_valid_is_not_made(self):
        self.bundles.make(7, text='permit (principal, action, resource)\nwhen { principal.nfTipe == "AMF" };\n', check=1)
        self.assertFalse((self.folder / "next.bundle").exists())

    def test_the_same_contents_give_the_same_bytes(self):
        options = ["--created", "2026-11-21T02:48:04Z"]
        self.made(key=None, options=options)
        first = (self.folder / "sbi.bundle").read_bytes()
        self.made(key=None, options=options)
        self.assertEqual(first, (self.folder / "sbi.bundle").read_bytes())

    def test_entities_travel_with_it(self):
        entities = self.folder / "entities.json"
        entities.write_text('[{"uid": {"type": "Plmn", "id": "00101"}, "attrs": {}, "parents": []}]')
        made = self.made(options=["--entities", entities])
        self.assertIn("entities.json", [member["name"] for member in made["members"]])
        entities.write_text('[{"uid": {"type": "Town", "id": "x"}, "attrs": {}, "parents": []}]')
        self.bundles.make(8, options=["--entities", entities], check=1)

    def test_wrong_words_are_explained(self):
        source = self.folder / "sbi.cedar"
        source.write_text(policy(1))
        for words, hint in [(["create"], "--output"), (["create", "--output", "x"], "--name"),
                            (["create", "--output", "x", "--name", "n", "--version", "0", source], "--version"),
                            (["create", "--output", "x", "--name", "n", "--version", "1"], "policy file"),
                            (["verify", "x"], "public keys"), (["show"], "which bundle"), (["sign"], "which bundle"),
                            (["sign", "x"], "--key"), (["keygen"], "name"), (["keygen", "No Name"], "name"), (["shwo", "x"], "show"),
                            (["show", self.folder / "none"], "none")]:
            with self.subTest(words=words):
                done = bundle(*words, check=None)
                self.assertNotEqual(0, done.returncode)
                self.assertIn(hint, done.stderr)
        self.assertEqual(2, bundle(check=None).returncode)


if __name__ == "__main__":
    unittest.main()
