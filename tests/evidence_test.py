"""Evidence of a running Cordon: sealed, verifiable by strangers, receipts, forgetting, queued records through a killed proxy."""

import json
import pathlib
import subprocess
import unittest

from harness import LabTest, Lab, cordon, wait_until

SUPI = "imsi-999700000021309"
AM_DATA = f"/nudm-sdm/v2/{SUPI}/am-data"


def files_with(folder, word):
    """Files of the folder in which the word stands readable, as text or as digits alone."""
    wanted = [word.encode(), word.removeprefix("imsi-").encode()]
    return [str(file) for file in pathlib.Path(folder).rglob("*")
            if file.is_file() and any(each in file.read_bytes() for each in wanted)]


def published(lab, size):
    """Waits until the public checkpoint holds so many records."""
    checkpoint = lab.folder / "state" / "evidence" / "public" / "checkpoint"
    wait_until(lambda: int(checkpoint.read_text().split("\n")[1]) >= size, "the checkpoint is published")


class EvidenceTest(LabTest):
    def test_no_subscriber_stands_in_clear_in_any_file(self):
        self.lab.ask("AMF", "UDM", AM_DATA)
        self.lab.ask("BSF", "UDR", f"/nudr-dr/v1/subscription-data/{SUPI}/authentication-data/authentication-subscription")
        records = self.lab.records()
        published(self.lab, len(records))
        self.assertEqual([], files_with(self.lab.folder / "state", SUPI))
        self.assertTrue(any(record["resource"].count("p:") for record in records if "resource" in record))

    def test_the_log_verifies_and_one_altered_byte_is_located(self):
        for _ in range(3):
            self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        published(self.lab, len(self.lab.records()))
        copy = self.lab.folder / "copy"
        subprocess.run(["cp", "-r", self.lab.folder / "state" / "evidence" / "public", copy], check=True)
        cordon("log", "verify", "--evidence", copy, check=0)
        bundle = sorted((copy / "tile" / "entries").rglob("*"))[-1]
        bundle = bundle if bundle.is_file() else sorted(file for file in bundle.parent.rglob("*") if file.is_file())[-1]
        content = bytearray(bundle.read_bytes())
        content[len(content) // 2] ^= 1
        bundle.write_bytes(content)
        done = cordon("log", "verify", "--evidence", copy, check=1)
        self.assertIn("entries", done.stdout + done.stderr)

    def test_a_receipt_comes_within_a_second_and_stands_alone(self):
        answer = self.lab.ask("BSF", "NRF", "/nnrf-nfm/v1/nf-instances/f990ed9a-e555-41f1-9dea-7f66d0edecbf", method="DELETE")
        number = answer.problem()["instance"].removeprefix("urn:cordon:record:")
        published(self.lab, int(number) + 1)
        receipt = cordon("log", "receipt", number, "--config", self.lab.config, check=0).stdout
        self.assertTrue(receipt.startswith("c2sp.org/tlog-proof@v1\n"), receipt)


class QueuedTest(unittest.TestCase):
    def test_queued_records_survive_a_killed_writer_and_a_killed_proxy(self):
        lab = Lab()
        self.addCleanup(lab.stop)
        policy = lab.folder / "policy.cedar"
        text = policy.read_text()
        policy.write_text(text.replace('@id("profile-reading")', '@id("profile-reading") @evidence("queued")'))
        asked = 0

        def queued():
            return [each for each in lab.records() if "evidence=queued" in each.get("obligations", [])]

        wait_until(lambda: lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances").status == 200 and queued(), "the rule is in force")
        asked = len(queued())
        subprocess.run(["kill", "-STOP", str(lab.pid("evidence"))], check=True)
        for _ in range(5):
            self.assertEqual(200, lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances").status, "queued: does not wait")
        subprocess.run(["kill", "-KILL", str(lab.pid("proxy"))], check=True)
        subprocess.run(["kill", "-KILL", str(lab.pid("evidence"))], check=True)
        lab.wait_serving()
        wait_until(lambda: len(queued()) >= asked + 5, "queued records arrive")
        self.assertEqual([], [each for each in lab.records() if each["kind"] == "spool-gap"])
        self.assertEqual(0, lab.verify().returncode, lab.verify().stdout)


if __name__ == "__main__":
    unittest.main()
