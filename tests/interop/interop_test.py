"""Other people's tools on our log: they accept it, by the very commands of docs/guides/verify-without-us.md, and refuse it tampered with."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ.get("CORDON_BIN", "build/dev/bin")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
GUIDE = SOURCE / "docs" / "guides" / "verify-without-us.md"
INDEX = 33_333


def commands():
    """The guide's commands, by their first word; exports go before those they stand with."""
    found = {}
    for block in re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        lines = block.strip().split("\n")
        exports = "".join(f"{line}\n" for line in lines if line.startswith("export "))
        for line in lines:
            if not line.startswith("export "):
                found.setdefault(line.split()[0], []).append(exports + line)
    return found


class InteropTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.log = cls.folder / "log"
        subprocess.run([BIN / "make_log", cls.log], check=True, timeout=300)
        cls.commands = commands()
        whole, record, older, proof = cls.commands["go"]
        cls.go = {"whole": whole, "record": record, "older": older, "proof": proof}
        # Go compiles its library once for all builds of this user (20 s), and the guide's program once for all tests.
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "cordon" / "go"
        cls.environment = {"PATH": os.environ["PATH"], "HOME": str(cls.folder), "GOFLAGS": "", "GOTOOLCHAIN": "local",
                           "GOCACHE": os.environ.get("GOCACHE", str(cache)), "NODE_NO_WARNINGS": "1"}

    def run_guide(self, command, log=None, **places):
        log = log or self.log
        words = {"LOG": log, "KEYS": log / "log.vkeys", "ENTRY": log / "entry", "INDEX": INDEX, "OLDER": log / "checkpoint-300",
                 "PROOF": log / "entry.tlog-proof", "COSE": log / "entry.ed25519.cose", "OUT": self.folder / "out"}
        words.update({name.upper(): value for name, value in places.items()})
        return subprocess.run(["bash", "-euc", command], cwd=SOURCE, capture_output=True, text=True, timeout=300,
                              env=self.environment | {name: str(value) for name, value in words.items()})

    def accepts(self, command, says, **places):
        done = self.run_guide(command, **places)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn(says, done.stdout)

    def refuses(self, command, says, **places):
        done = self.run_guide(command, **places)
        self.assertNotEqual(0, done.returncode, f"accepted: {command}")
        self.assertIn(says, done.stdout + done.stderr)

    def tampered(self, file, at=100, by=1):
        """A copy of the log with one byte of a file changed."""
        copy = pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "log"
        shutil.copytree(self.log, copy, copy_function=os.link)
        data = bytearray((copy / file).read_bytes())
        data[at] ^= by
        (copy / file).unlink()  # the other name of the original's bytes
        (copy / file).write_bytes(data)
        return copy

    # --- the files

    def test_the_tiles_are_those_of_the_specification(self):
        tiles = self.log / "tile"
        self.assertEqual([f"{i:03}" for i in range(273)] + ["273.p"], sorted(path.name for path in (tiles / "0").iterdir()))
        names = {str(path.relative_to(tiles)) for path in tiles.rglob("*") if path.is_file()}
        self.assertLessEqual({"0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1", "entries/273.p/112"}, names)
        self.assertEqual(274 + 274 + 2 + 1, len(names))
        self.assertEqual(8192, (tiles / "0" / "000").stat().st_size)

    # --- Go

    def test_go_accepts_the_whole_log(self):
        self.accepts(self.go["whole"], "70000 entries are in the tree")

    def test_go_accepts_record_and_tree_proofs_and_receipts(self):
        self.accepts(self.go["record"], "entry 33333 is in the tree")
        self.accepts(self.go["older"], "continues the one of 300")
        self.accepts(self.go["proof"], "the proof holds")

    def test_go_refuses_what_was_tampered_with(self):
        for name, file, says in [("whole", "checkpoint", "checkpoint"), ("whole", "tile/0/017", "tiles"),
                                 ("whole", "tile/1/001.p/17", "tiles"), ("whole", "tile/entries/200", "signed root"),
                                 ("record", "tile/0/130", "record proof"), ("older", "tile/0/001", "tree proof"),
                                 ("older", "checkpoint-300", "checkpoint"), ("proof", "entry.tlog-proof", "proof file")]:
            with self.subTest(name=name, file=file):
                at = 24 if file.startswith("checkpoint") else 100  # within the size
                self.refuses(self.go[name], says, log=self.tampered(file, at))

    def test_go_refuses_another_entry_and_another_index(self):
        self.refuses(self.go["record"], "record proof", index=INDEX + 1)
        self.refuses(self.go["record"], "record proof", entry=self.tampered("entry", 3) / "entry")
        self.refuses(self.go["proof"], "proof file", entry=self.tampered("entry", 3) / "entry")

    def test_go_refuses_a_stranger_s_key(self):
        self.refuses(self.go["whole"], "checkpoint", keys=self.stranger())

    def stranger(self):
        other = self.folder / "other.vkeys"
        other.write_text("log.example/operator-a+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n")
        return other

    # --- WebCrypto

    def test_webcrypto_accepts_the_log_and_an_entry(self):
        self.accepts(self.commands["node"][0], "70000 entries are in the tree the checkpoint signs, and entry 33333")

    def test_webcrypto_refuses_what_was_tampered_with(self):
        node = self.commands["node"][0]
        for file, at, says in [("checkpoint", 24, "does not hold"), ("tile/0/273.p/112", 9, "signed root"),
                               ("tile/1/000", 9, "tile level 1"), ("tile/2/000.p/1", 9, "tile level 2"),
                               ("tile/entries/200", 100, "is not the one signed"), ("tile/entries/000", 1, ""),
                               ("entry", 3, "is not these bytes"), ("log.vkeys", 26, "")]:
            with self.subTest(file=file):
                self.refuses(node, says, log=self.tampered(file, at))
        self.refuses(node, "is not these bytes", index=INDEX + 1)
        self.refuses(node, "has no entry", index=70_000)
        self.refuses(node, "key ID is wrong", keys=self.stranger())

    # --- Python's libraries

    def test_python_accepts_cose_receipts_with_both_signatures(self):
        cose = self.commands["python3"][1]
        for kind in ["ed25519", "ml-dsa-44"]:
            with self.subTest(kind=kind):
                self.accepts(cose, "entry 33333 is in the tree", cose=self.log / f"entry.{kind}.cose")

    def test_python_refuses_every_changed_byte_of_a_cose_receipt(self):
        cose = self.commands["python3"][1]
        for kind in ["ed25519", "ml-dsa-44"]:
            file = f"entry.{kind}.cose"
            size = (self.log / file).stat().st_size
            for at in [2, 60, size // 2, size - 1]:
                with self.subTest(kind=kind, at=at):
                    self.refuses(cose, "cose_receipt: ", cose=self.tampered(file, at) / file)
            self.refuses(cose, "for that entry", cose=self.log / file, entry=self.tampered("entry", 3) / "entry")
            self.refuses(cose, "no such key", cose=self.log / file, keys=self.someone_else())

    def someone_else(self):
        other = self.folder / "someone.vkeys"
        other.write_text((self.log / "log.vkeys").read_text().replace("operator-a", "operator-b"))
        return other

    # --- OpenSSL

    def test_openssl_accepts_the_post_quantum_signature(self):
        self.accepts(self.commands["python3"][0], "")
        self.accepts(self.commands["openssl"][0], "Signature Verified Successfully")

    def test_openssl_refuses_every_change_of_the_checkpoint(self):
        for at in [23, 30, 40]:  # size and root
            with self.subTest(at=at):
                copy = self.tampered("checkpoint", at)
                out = copy / "out"
                done = self.run_guide(self.commands["python3"][0], log=copy, out=out)
                if done.returncode == 0:
                    self.refuses(self.commands["openssl"][0], "Verification Failure", out=out)

    def test_openssl_s_message_binds_origin_and_time(self):
        self.accepts(self.commands["python3"][0], "")
        for at in [13, 40, 46, 70]:
            out = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            shutil.copytree(self.folder / "out", out, dirs_exist_ok=True)
            message = bytearray((out / "message").read_bytes())
            message[at] ^= 1
            (out / "message").write_bytes(message)
            self.refuses(self.commands["openssl"][0], "Verification Failure", out=out)


if __name__ == "__main__":
    unittest.main()
