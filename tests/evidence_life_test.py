"""Life of a log and other people's machines: witnesses, mirror, forged history, export, receipts, backup and restore, pruning, rotation."""

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from harness import BIN, SOURCE, Lab, cordon, records_of, wait_until
from witness_test import Service

SUPI = "imsi-999700000021309"
AM_DATA = f"/nudm-sdm/v2/{SUPI}/am-data"


class Writer:
    """The log's writer alone, `cordon log write`, with records that commands make."""

    def __init__(self, folder, evidence=""):
        folder.mkdir(exist_ok=True)
        self.folder, self.evidence, self.config = folder, folder / "state" / "evidence", folder / "cordon.yaml"
        self.config.write_text("policy: policy.cedar\ninventory: inventory.yaml\nlab_cleartext: true\n"
                               f"evidence:\n  origin: log.example/life\n{evidence}")
        self.start()

    def start(self):
        self.errors = open(self.folder / "writer.log", "ab")
        self.process = subprocess.Popen([BIN / "cordon", "log", "write", "--config", self.config], stderr=self.errors)
        wait_until(lambda: self.size() is not None and self.folder.joinpath("state/run/evidence.sock").exists(), "it publishes")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.errors.close()
        (self.folder / "state/run/evidence.sock").unlink(missing_ok=True)
        return self.process.returncode

    def size(self):
        file = self.evidence / "public" / "checkpoint"
        return int(file.read_text().split("\n")[1]) if file.exists() else None

    def log(self, *words, check=0):
        done = cordon("log", *words, "--config", self.config, "--json", check=check)
        return json.loads(done.stdout.splitlines()[0]) if done.stdout else {}

    def record(self):
        """One more record, published."""
        before = self.size()
        for what in ("hold", "release"):
            self.log(what, SUPI, "--reason", "order 17")
        wait_until(lambda: self.size() >= before + 2, "it is published")

    def kinds(self):
        return [each["kind"] for each in records_of(self.config)]


def trust_of(evidence, *lines):
    keys = (evidence / "public" / "log.vkeys").read_text().split()
    return "".join(f"log {key}\n" for key in keys) + "".join(f"{line}\n" for line in lines)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cordon-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def writer(self, name, evidence=""):
        writer = Writer(self.folder / name, evidence)
        self.addCleanup(writer.stop)
        return writer

    def service(self, *words):
        service = Service("log", *words)
        self.addCleanup(lambda: service.process.poll() is None and service.stop())
        return service


class WitnessedTest(Case):
    def witness(self, name, listen="127.0.0.1:0"):
        return self.service("witness", "--trust", self.folder / "logs.trust", "--state", self.folder / name, "--name",
                            f"witness.example/{name}", "--listen", listen)

    def policy(self, needed):
        lines = []
        for i, witness in enumerate(self.witnesses):
            names = [f"w{i}-{j}" for j in range(2)]
            lines += [f"witness {name} {vkey} {witness.url}" for name, vkey in zip(names, witness.ready["vkeys"])]
            lines.append(f"group w{i} all {' '.join(names)}")
        file = self.folder / "op" / "witnesses.policy"
        file.write_text(trust_of(self.op.evidence, *lines, f"group enough {needed} w0 w1", "quorum enough"))
        return file

    def quorum(self, file, check=0):
        return self.op.log("verify", "--trust", file, check=check)["shards"][0]["quorum"]

    def notes(self):
        return [each["reason"] for each in records_of(self.op.config) if each["kind"] == "witness"]

    def test_witnesses_their_absence_and_a_forged_history(self):
        self.op = self.writer("op")
        self.assertEqual(0, self.op.stop())
        (self.folder / "logs.trust").write_text(trust_of(self.op.evidence, "quorum none"))
        self.witnesses = [self.witness("w1"), self.witness("w2")]
        one = self.policy(1)
        self.op = self.writer("op", "  witnesses: witnesses.policy\n")
        self.op.record()
        wait_until(lambda: self.quorum(one, check=None), "both witnesses cosign")
        self.assertEqual(4, len(self.op.log("status")["cosigners"]))

        # One of two suffices.
        self.witnesses[1].stop(signal.SIGKILL)
        self.op.record()
        self.assertTrue(self.quorum(one))
        self.assertEqual([], self.notes())

        # Both are needed: published all the same, marked, told, recorded.
        self.op.stop()
        both = self.policy(2)
        self.op.start()
        self.op.record()
        note, = wait_until(self.notes, "a record says so")
        self.assertIn("without the cosignatures", note)
        self.assertIn("w1-0", note)
        self.assertFalse(self.op.log("status")["quorum"])
        self.assertFalse(self.quorum(both, check=1))
        self.assertIn("checkpoint without its witnesses", (self.folder / "op" / "writer.log").read_text())
        self.witnesses[1] = self.witness("w2", self.witnesses[1].ready["listening"])
        wait_until(lambda: len(self.notes()) == 2, "a record says that they are back", 40)
        self.assertIn("is witnessed, and with it those of", self.notes()[1])
        wait_until(lambda: self.quorum(both, check=None), "the quorum is met")

        self.second_history(both)

    def second_history(self, trust):
        self.op.stop()
        shutil.copytree(self.op.folder / "state", self.folder / "thief" / "state")
        thief = self.writer("thief")
        thief.record()
        self.op.start()
        self.op.record()
        self.op.record()
        server = self.service("serve", "--evidence", self.op.evidence, "--listen", "127.0.0.1:0")
        mirror = self.folder / "mirror"
        words = ["log", "mirror", "--of", server.url, "--trust", trust, "--folder", mirror, "--once", "--json"]
        self.assertEqual(self.op.size(), json.loads(cordon(*words, check=0).stdout)["size"])
        cordon("log", "verify", "--evidence", mirror, "--trust", trust, check=0)
        monitor = ["log", "monitor", server.url, "--trust", trust, "--folder", self.folder / "monitor", "--once", "--json"]
        self.assertTrue(json.loads(cordon(*monitor, check=0).stdout)["consistent"])
        report = json.loads(cordon(*monitor, thief.evidence, check=1).stdout)
        self.assertFalse(report["consistent"])
        cordon("log", "monitor", "--proof", report["proofs"][0], "--trust", trust, check=0)
        # The mirror does not follow the thief.
        words[3] = thief.evidence
        self.assertNotEqual(0, cordon(*words).returncode)


class LifeTest(Case):
    def setUp(self):
        super().setUp()
        (self.folder / "lab").mkdir()
        self.lab = Lab(self.folder / "lab")
        self.addCleanup(self.lab.stop)
        self.state = self.lab.folder / "state"
        self.evidence = self.state / "evidence"
        self.backup = self.folder / "backup"

    def log(self, *words, check=0):
        done = cordon("log", *words, "--config", self.lab.config, "--json", check=check)
        return json.loads(done.stdout.splitlines()[0]) if done.stdout else {}

    def published(self):
        size = len(self.lab.records())
        wait_until(lambda: int((self.evidence / "public" / "checkpoint").read_text().split("\n")[1]) >= size, "published")

    def fill(self):
        """A subscriber's record, and more than a bundle of others."""
        self.assertEqual(200, self.lab.ask("AMF", "UDM", AM_DATA).status)
        address = self.lab.address("NRF")
        subprocess.run(["curl", *map(str, self.lab.curl_options("AMF")), "-o", "/dev/null",
                        f"https://{address}/nnrf-nfm/v1/nf-instances?limit=[1-600]"], check=True, timeout=60)
        self.published()

    def test_a_log_from_its_first_record_to_its_second_shard(self):
        self.fill()
        trust = self.folder / "trust"
        trust.write_text(trust_of(self.evidence, "quorum none"))
        self.exports(trust)
        self.receipts(trust)
        self.lose_everything()
        self.restored(trust)
        self.rotated_and_pruned(trust)

    def exports(self, trust):
        out = self.folder / "incident.export"
        self.log("export", "--records", "5-8", "--about", "incident 12", "--cose", "--out", out)
        words = ["log", "export", "--check", out, "--trust", trust, "--json"]
        self.assertEqual([5, 6, 7, 8], json.loads(cordon(*words, check=0).stdout)["records"])
        content = bytearray(out.read_bytes())
        content[len(content) // 2] ^= 1
        out.write_bytes(content)
        cordon(*words, check=1)

    def receipts(self, trust):
        entry = self.folder / "entry"
        for flags in ([], ["--cose"]):
            receipt = self.folder / "receipt"
            self.log("receipt", "7", *flags, "--out", receipt, "--save-entry", entry)
            words = ["log", "receipt", "--check", receipt, "--trust", trust, "--json", "--entry"]
            self.assertTrue(json.loads(cordon(*words, entry, check=0).stdout)["ok"])
            cordon(*words, trust, check=1)
        done = subprocess.run([sys.executable, SOURCE / "tests" / "interop" / "cose_receipt.py", receipt, entry,
                               self.evidence / "public" / "log.vkeys"], capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("entry 7 is in the tree", done.stdout)

    def lose_everything(self):
        """The vault's copy is out of reach while a subscriber is forgotten: only the log then knows of it."""
        self.log("backup", "--to", self.backup, "--keys", "--with-vault")
        (self.backup / "vault").rename(self.folder / "elsewhere")
        self.log("forget", SUPI, "--reason", "asked for it", check=1)
        self.published()
        self.log("backup", "--to", self.backup, "--keys")
        (self.folder / "elsewhere").rename(self.backup / "vault")
        self.kept = [each for each in self.lab.records()]
        self.lab.stop()
        for part in ("evidence", "vault"):
            shutil.rmtree(self.state / part)

    def restored(self, trust):
        self.log("restore", "--from", self.folder / "nowhere", "--with-vault", check=2)
        self.log("restore", "--from", self.backup, "--with-vault", "--vault", self.backup, check=2)
        (self.state / "vault-key").rename(self.folder / "vault-key")
        self.log("restore", "--from", self.backup, "--with-vault", check=2)
        self.assertFalse((self.evidence / "public").exists(), "nothing is put back without the keys")
        (self.folder / "vault-key").rename(self.state / "vault-key")
        done = self.log("restore", "--from", self.backup, "--with-vault", "--trust", trust)
        self.assertEqual((True, True, 1, []), (done["keys"], done["vault"], done["erased"], done["pending"]))
        status = self.log("keys", "status")
        self.assertEqual([(str(self.backup / "vault" / "1"), False)],
                         [(each["folder"], each["pending"]) for each in status["backups"]])
        errors = self.folder / "up.log"
        with open(errors, "wb") as file:
            up = subprocess.Popen([BIN / "cordon", "up", "--config", self.lab.config, "--json"], stdout=subprocess.PIPE,
                                  stderr=file)
        self.assertTrue(json.loads(up.stdout.readline()).get("ready"), errors.read_text())
        self.log("hold", SUPI, "--reason", "order 17")
        up.send_signal(signal.SIGTERM)
        self.assertEqual(0, up.wait(30))
        up.stdout.close()
        now = records_of(self.lab.config)
        self.assertEqual(self.kept[:done["size"]], now[:done["size"]])
        self.assertGreater(len(now), done["size"])
        self.log("verify", "--trust", trust)

    def rotated_and_pruned(self, trust):
        vkeys = self.folder / "vkeys"
        shutil.copy(self.evidence / "public" / "log.vkeys", vkeys)
        self.log("rotate", "--keys")
        self.log("verify", "--trust", trust)  # the old keys lead to the new ones
        self.javascript("", self.evidence / "public" / "log.vkeys")
        self.log("prune", "--keep-entries", "100")
        pruned = self.log("prune")
        self.assertEqual(512, pruned["oldest"])
        self.assertEqual(512, self.log("verify", "--trust", trust)["shards"][0]["oldest"])
        self.log("rotate", "--shard")
        self.go_on()
        shards = self.log("verify", "--trust", trust)["shards"]
        self.assertEqual(2, len(shards))
        self.javascript("", self.evidence / "public" / "log.vkeys")
        server = self.service("serve", "--evidence", self.evidence, "--listen", "127.0.0.1:0")
        done = json.loads(cordon("log", "verify", "--evidence", server.url, "--trust", trust, "--json", check=0).stdout)
        self.assertEqual([each["root"] for each in shards], [each["root"] for each in done["shards"]])

    def go_on(self):
        writer = subprocess.Popen([BIN / "cordon", "log", "write", "--config", self.lab.config], stderr=subprocess.DEVNULL)
        self.addCleanup(writer.wait)
        self.addCleanup(writer.kill)
        wait_until(lambda: cordon("log", "release", SUPI, "--reason", "lifted", "--config", self.lab.config).returncode == 0, "it goes on")
        writer.send_signal(signal.SIGTERM)
        self.assertEqual(0, writer.wait(30))

    def javascript(self, shard, vkeys):
        done = subprocess.run(["node", SOURCE / "tools" / "verify_log.mjs", self.evidence / "public" / shard, vkeys],
                              capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)


if __name__ == "__main__":
    unittest.main()
