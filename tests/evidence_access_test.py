"""Keys and access of a running Cordon: epochs, forgetting, holds, auditors, the index; root keys as passphrase and token."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import BIN, Lab, cordon, records_of, wait_until

SUPI = "imsi-999700000021309"
AM_DATA = f"/nudm-sdm/v2/{SUPI}/am-data"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
BLOCK = 4096  # entries of the smallest block of the index
ROW_HEAD, ROW, ROW_KEY = 16, 72, 12  # of a table of subjects' keys: its header, a row, where the wrapped key begins in it


def files_with(folder, *words):
    """Files of the folder that hold one of these byte strings."""
    return [str(file) for file in pathlib.Path(folder).rglob("*")
            if file.is_file() and any(word in file.read_bytes() for word in words)]


class Commands:
    """`cordon log ...` on one configuration, in JSON."""

    def __init__(self, config):
        self.config = config

    def __call__(self, *words, check=0):
        done = cordon("log", *words, "--config", self.config, "--json", check=check)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return lines[0] if len(lines) == 1 else lines


class Case(unittest.TestCase):
    """What the tests share, on a laboratory of their own (they rotate and forget)."""

    def start_lab(self):
        self.lab = Lab()
        self.addCleanup(self.lab.stop)
        self.log = Commands(self.lab.config)
        self.state = self.lab.folder / "state"
        for name in ("alice", "bob"):
            (self.lab.folder / name).write_text(f"passphrase of {name}\n")

    def consent(self, *names):
        return ",".join(f"{name}={self.lab.folder / name}" for name in names)

    def ask_about_subscriber(self):
        self.assertEqual(200, self.lab.ask("AMF", "UDM", AM_DATA).status)
        return self.records("decision")[-1]

    def records(self, kind):
        return [each for each in self.lab.records() if each["kind"] == kind]

    def newest(self, kind, rule):
        """The newest record of that kind; its rule must be this one."""
        record = self.records(kind)[-1]
        self.assertEqual(rule, record["rule"], record)
        return record

    def published(self):
        """Waits until the checkpoint holds all there is now."""
        size = len(self.lab.records())
        checkpoint = self.state / "evidence" / "public" / "checkpoint"
        wait_until(lambda: int(checkpoint.read_text().split("\n")[1]) >= size, "the checkpoint is published")

    def add_custodians(self):
        for name in ("alice", "bob"):
            self.log("keys", "custodian", "add", name, "--passphrase-file", self.lab.folder / name)
            self.assertEqual([name], self.newest("credential", "custodian-added")["details"])

    def new_auditor(self, name, *purposes):
        cordon("log", "auditor", "new", name, "--out", self.lab.folder, check=0)
        if purposes:
            self.log("auditor", "enrol", name, "--key", self.key(name), "--purpose", ",".join(purposes))

    def key(self, name, end=".key.pub"):
        return self.lab.folder / (name + end)

    def wrapped_keys(self):
        """The wrapped keys in the vault's tables of subjects: what must be gone after a forgetting."""
        keys = []
        for table in (self.state / "vault").glob("subjects-*"):
            rows = table.read_bytes()[ROW_HEAD:]
            keys += [rows[at + ROW_KEY:at + ROW] for at in range(0, len(rows), ROW)]
        return keys


class KeysTest(Case):
    def test_epochs_custodians_holds_and_forgetting_while_everything_runs(self):
        self.start_lab()
        first = self.ask_about_subscriber()
        self.refuse_to_end_an_epoch_alone()
        self.add_custodians()
        second = self.take_up_the_new_epoch(first)
        self.hold_and_release()
        self.forget_in_both_epochs()
        self.read_erased(first, second)
        self.change_custodians()
        self.cleanse_what_was_away()

    def refuse_to_end_an_epoch_alone(self):
        said = self.log("keys", "rotate", check=2)["error"]
        self.assertIn("cordon log keys custodian add", said)
        self.assertEqual([], self.records("rotation"))

    def take_up_the_new_epoch(self, first):
        before = {part: self.lab.pid(part) for part in ("proxy", "evidence", "engine")}
        self.assertEqual(2, self.log("keys", "rotate", "--reason", "each year")["epoch"])
        self.assertEqual("each year", self.newest("rotation", "vault-epoch")["reason"])
        second = self.ask_about_subscriber()
        self.assertNotEqual(first["subjects"][0]["pseudonym"], second["subjects"][0]["pseudonym"])
        self.assertIn(second["subjects"][0]["pseudonym"], second["resource"], "the proxy has the new key too")
        self.assertEqual(before, {part: self.lab.pid(part) for part in before}, "nothing was started again")
        old = self.lab.records()[first["seq"]]
        self.assertEqual(first, old, "a closed epoch's records stay readable")
        epochs = self.log("keys", "status")["epochs"]
        self.assertEqual([(1, 2), (2, None)], [(each["epoch"], each.get("shares")) for each in epochs])
        return second

    def hold_and_release(self):
        self.log("hold", SUPI, "--reason", "court order 1")
        self.log("hold", SUPI, "--reason", "court order 1", check=1)
        said = self.log("forget", SUPI, "--reason", "request 1", "--approve", self.consent("alice", "bob"), check=1)
        self.assertIn("cordon log release", said["error"])
        self.assertEqual([], self.records("erasure"))
        self.log("release", SUPI, "--reason", "order lifted")
        self.newest("hold", "legal-hold-released")

    def forget_in_both_epochs(self):
        self.assertIn("names the subscriber",
                      self.log("forget", SUPI, "--reason", f"{SUPI} asked for it", check=2)["error"])
        self.assertIn("--approve", self.log("forget", SUPI, "--reason", "request 1", check=2)["error"])
        keys = self.wrapped_keys()
        self.assertEqual(2, len(keys))
        self.assertEqual(2, len(files_with(self.state, *keys)))
        done = self.log("forget", SUPI, "--reason", "request 1", "--approve", self.consent("alice", "bob"))
        self.assertEqual(2, len(done["erased"]))
        self.assertIn("approved by alice", self.newest("erasure", "forget-subscriber")["details"])
        self.published()
        self.assertEqual([], files_with(self.state, *keys, SUPI.encode(), SUPI.removeprefix("imsi-").encode()))
        self.assertEqual(0, self.lab.verify().returncode)
        self.log("forget", SUPI, "--reason", "request 1", check=1)

    def read_erased(self, *erased):
        fresh = self.ask_about_subscriber()
        shown = self.lab.records()
        for each in erased:
            self.assertTrue(shown[each["seq"]]["subjects"][0].get("erased"), shown[each["seq"]])
        self.assertFalse(fresh["subjects"][0].get("erased"), "seen again, under a new key")
        self.new_auditor("dora", "subject-access")
        self.published()
        out = self.lab.folder / "released"
        self.log("ask", "--subject", SUPI, "--purpose", "subject-access", "--case", "S-1", "--groups", "header,personal",
                 "--auditor", "dora", "--key", self.key("dora"), "--out", out, "--approve", self.consent("alice", "bob"))
        opened = json.loads(cordon("log", "open", out, "--key", self.key("dora", ".key"), "--json", check=0).stdout)
        read = {each["seq"]: each["subjects"][0] for each in opened["records"]}
        for each in erased:
            self.assertTrue(read[each["seq"]].get("erased"))
        self.assertEqual(SUPI, read[fresh["seq"]].get("identifier"))
        text = cordon("log", "open", out, "--key", self.key("dora", ".key"), check=0).stdout
        self.assertIn("(erased)", text)

    def change_custodians(self):
        before = len(self.lab.records())
        self.log("keys", "custodian", "add", "bob", "--passphrase-file", self.lab.folder / "bob", check=2)
        self.log("keys", "custodian", "remove", "bob", check=2)
        wrong = f"alice={self.lab.folder / 'alice'},bob={self.lab.folder / 'alice'}"
        self.log("keys", "custodian", "reshare", "--approve", wrong, check=2)
        self.assertEqual(before, len(self.lab.records()), "what was refused leaves no record of a change")
        (self.lab.folder / "carol").write_text("passphrase of carol\n")
        self.log("keys", "custodian", "add", "carol", "--passphrase-file", self.lab.folder / "carol")
        self.log("keys", "custodian", "reshare", "--approve", self.consent("alice", "bob"))
        self.assertEqual(["approved by alice", "approved by bob"], self.newest("credential", "shares-dealt-anew")["details"])
        self.log("keys", "custodian", "remove", "bob", "--reason", "left")
        self.assertEqual("left", self.newest("credential", "custodian-removed")["reason"])

    def cleanse_what_was_away(self):
        backup, away = self.lab.folder / "backup", self.lab.folder / "away"
        self.log("backup", "--to", backup, "--with-vault")
        keys = self.wrapped_keys()
        self.assertTrue(files_with(backup, *keys))
        backup.rename(away)
        self.log("forget", SUPI, "--reason", "request 2", "--approve", self.consent("alice", "carol"), check=1)
        self.log("keys", "cleanse", check=1)
        away.rename(backup)
        self.log("keys", "cleanse", "--reason", "the disk is back")
        self.assertEqual("the disk is back", self.newest("other", "cleanse-backups")["reason"])
        self.assertEqual([], files_with(self.lab.folder, *keys))


class AccessTest(Case):
    def test_auditors_read_for_a_purpose_and_every_access_is_a_record(self):
        self.start_lab()
        self.fill_a_block()
        asked = self.ask_about_subscriber()
        self.new_auditor("alma", "fraud-investigation")
        self.assertIn("alma", self.records("policy")[-1]["reason"])
        self.new_auditor("eve")
        self.index_builds_itself()
        self.published()
        self.release_for_a_purpose(asked)
        self.refuse_and_record()
        self.tell_timelines(asked)

    def fill_a_block(self):
        """As many requests as a block of the index has entries, over a few connections of curl's."""
        url = f"https://{self.lab.address('NRF')}/nnrf-nfm/v1/nf-instances"
        listing = self.lab.folder / "urls"
        listing.write_text(f'url = "{url}"\noutput = /dev/null\n' * BLOCK)
        self.filling = subprocess.Popen(
            ["curl", *map(str, self.lab.curl_options("AMF", ["-K", listing, "-Z", "--parallel-max", "100", "--max-time", "60"]))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(0, self.filling.wait(60))

    def index_builds_itself(self):
        wait_until(lambda: "header-key " in self.statement() and not self.statement().endswith("header-key \n"),
                   "a block of the index, stated in the log", 120)
        checked = self.log("index", "verify")
        self.assertEqual((True, []), (checked["ok"], checked["faults"]))
        self.assertIn(f"entries 0 to {BLOCK}", self.records("index")[0]["reason"])
        self.assertEqual(0, self.log("index", "build")["built"], "nothing is left to build")
        self.assertEqual(0, self.lab.verify().returncode, "the index beside it does not disturb the log")

    def statement(self):
        for file in (self.state / "evidence" / "public" / "index").glob("*.statement"):
            return file.read_text()
        return ""

    def question(self, out, *words, auditor="alma", key="alma", check=0):
        return self.log("ask", *words, "--auditor", auditor, "--key", self.key(key), "--out", out, check=check)

    def release_for_a_purpose(self, asked):
        out = self.lab.folder / "F-1"
        answer = self.question(out, "--subject", SUPI, "--purpose", "fraud-investigation", "--case", "F-1",
                               "--groups", "header,personal")
        self.assertEqual(answer["accessRecord"], self.newest("access", "header-for-a-purpose")["seq"])
        opened = json.loads(cordon("log", "open", out, "--key", self.key("alma", ".key"), "--json", check=0).stdout)
        self.assertEqual("proved", opened["completeness"])
        found = {each["seq"]: each for each in opened["records"]}
        self.assertEqual(SUPI, found[asked["seq"]]["subjects"][0]["identifier"])
        for end, remedy in ((".key", "released to alma"), (".key.pub", "private key")):
            said = cordon("log", "open", out, "--key", self.key("eve", end), check=2).stderr
            self.assertIn(remedy, said)

    def refuse_and_record(self):
        out = self.lab.folder / "refused"
        about = ("--subject", SUPI)
        for why, words, who in [
                ("no purpose", about, {}),
                ("no-case-no-access", (*about, "--purpose", "fraud-investigation"), {}),
                ("quality", (*about, "--purpose", "quality", "--case", "F-1"), {}),
                ("another key", (*about, "--purpose", "fraud-investigation", "--case", "F-1"), {"key": "eve"}),
                ("not enrolled", (*about, "--purpose", "fraud-investigation", "--case", "F-1"), {"auditor": "eve", "key": "eve"})]:
            answer = self.question(out, *words, check=1, **who)
            self.assertIn(why, answer["reason"])
            record = self.records("access")[-1]
            self.assertEqual((answer["accessRecord"], "refuse"), (record["seq"], record["decision"]))
            self.assertIn(why, record["reason"])
            self.assertFalse(out.exists())

    def tell_timelines(self, asked):
        def numbers(told):
            return {record["seq"] for episode in told["episodes"] for record in episode["records"]}

        for entity in ("amf1", f"rule:{asked['rule']}", str(asked["seq"])):
            told = self.log("timeline", entity)
            self.assertEqual("proved", told["completeness"], entity)
            self.assertIn(asked["seq"], numbers(told), entity)
        self.assertIn("named as in the inventory", cordon("log", "timeline", "AMF", "--config", self.lab.config, check=0).stdout)
        self.assertIn("--purpose", self.log("timeline", SUPI, check=2)["error"])
        told = self.log("timeline", SUPI, "--purpose", "fraud-investigation", "--case", "F-1", "--auditor", "alma",
                        "--key", self.key("alma", ".key"))
        self.assertIn(asked["seq"], numbers(told))
        record = self.records("access")[-1]
        self.assertEqual(("permit", "alma"), (record["decision"], record["caller_name"]))


class RootKeyTest(unittest.TestCase):
    """`cordon up` over configurations of its own: the NFs behind it do not run, and what it decides is recorded all the same."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(tempfile.mkdtemp(prefix="cordon-"))  # certificates, inventory, policy
        cls.addClassCleanup(shutil.rmtree, cls.lab.folder, ignore_errors=True)
        cls.lab.stop()
        cls.plain = cls.lab.config.read_text()

    def up(self, evidence):
        shutil.rmtree(self.lab.folder / "state", ignore_errors=True)
        self.lab.config.write_text(self.plain + evidence)
        with open(self.lab.folder / "up.log", "wb") as errors:
            process = subprocess.Popen([BIN / "cordon", "up", "--json", "--config", self.lab.config],
                                       stdout=subprocess.PIPE, stderr=errors, text=True)
        self.addCleanup(self.down, process)
        self.assertTrue(json.loads(process.stdout.readline())["ready"])
        return process

    @staticmethod
    def down(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        process.stdout.close()

    def seal_and_read(self, evidence):
        process = self.up(evidence)
        self.lab.ask("AMF", "UDM", AM_DATA)
        subjects = [each["subjects"] for each in records_of(self.lab.config) if each.get("subjects")]
        self.assertEqual(1, len(subjects))
        self.assertFalse((self.lab.folder / "state" / "vault-key").exists(), "no key file beside it")
        self.down(process)
        return Commands(self.lab.config)

    def test_a_passphrase_opens_the_vault_and_a_wrong_one_does_not(self):
        file = self.lab.folder / "passphrase"
        file.write_text("correct horse battery\n")
        log = self.seal_and_read("evidence: {passphrase_file: passphrase}\n")
        file.write_text("wrong horse battery\n")
        self.assertIn("passphrase", log("keys", "status", check=2)["error"])

    @unittest.skipUnless(os.path.exists(SOFTHSM), "needs the package softhsm2")
    def test_a_token_opens_the_vault_and_a_wrong_pin_does_not(self):
        tokens = self.lab.folder / "tokens"
        tokens.mkdir()
        settings = self.lab.folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(settings)
        self.addCleanup(os.environ.pop, "SOFTHSM2_CONF")
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "cordon", "--so-pin", "654321",
                        "--pin", "123456"], check=True, capture_output=True)
        (self.lab.folder / "pin").write_text("123456\n")
        log = self.seal_and_read(f"evidence: {{token: {{module: {SOFTHSM}, label: cordon, pin_file: pin}}}}\n")
        (self.lab.folder / "pin").write_text("999999\n")
        self.assertIn("PIN", log("keys", "status", check=2)["error"])


if __name__ == "__main__":
    unittest.main()
