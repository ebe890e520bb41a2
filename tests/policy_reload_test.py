"""Bundles change under a running Cordon: each answer belongs to one set, no older one returns, a crash leaves old or new."""

import os
import pathlib
import tempfile
import threading
import time
import unittest

from bundles import CONFIG, INVENTORY, Bundles, Cordon, bundle
from harness import cordon, wait_until


class Load(threading.Thread):
    """The AMF reads from the NRF until told to stop."""

    def __init__(self, running):
        super().__init__()
        self.running, self.ending = running, threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.running.ask(count=50)


class PolicyReloadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cordon-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "cordon.yaml").write_text(CONFIG)
        (self.folder / "inventory.yaml").write_text(INVENTORY)
        self.bundles = Bundles(self.folder)
        self.order = {}  # policy set -> version
        self.made(1)
        self.cordon = Cordon(self.folder)
        self.addCleanup(self.cordon.stop)
        self.wait_for(1)

    def made(self, version):
        self.order[self.bundles.make(version)["policySet"]] = version
        self.bundles.put()

    def set_of(self, version):
        return next(name for name, of in self.order.items() if of == version)

    def wait_for(self, version):
        wait_until(lambda: self.set_of(version) in self.cordon.running(), f"version {version} is in force")

    def versions_decided(self):
        return [self.order[record["policy_set"]] for record in self.cordon.records()]

    def load(self):
        load = Load(self.cordon)
        load.start()

        def end():
            load.ending.set()
            load.join()

        self.addCleanup(end)
        return end

    def test_each_answer_belongs_to_one_set_and_after_a_swap_no_older_one_answers(self):
        end = self.load()
        for version in range(2, 9):
            self.made(version)
            self.wait_for(version)
            trace = f"00-{version:032x}-{1:016x}-01"
            self.cordon.ask(trace)
            asked = wait_until(lambda: [each for each in self.cordon.records() if each.get("trace") == trace], "the record is there")
            self.assertEqual(version, self.order[asked[0]["policy_set"]])
            self.assertEqual([f"v{version}"], asked[0]["policies"])  # the rule that decided is of the set that is named
        end()
        decided = self.versions_decided()
        self.assertGreater(len(decided), 100)
        self.assertEqual(sorted(decided), decided, "an older set answered after a newer one")

    def test_kill_9_during_activation_leaves_the_old_or_the_new_set(self):
        state = self.folder / "state"

        def changed(name):
            file = state / name
            before = file.read_bytes()
            return lambda: file.exists() and file.read_bytes() != before

        def at_once():
            return lambda: True

        end = self.load()
        version = 1
        for process in ["engine", "cordon-proxy"]:
            # Each is a moment of the activation: put, version kept, number kept, stored by the enforcement point.
            for moment in [at_once, lambda: changed("bundle-versions.json"), lambda: changed("snapshot-sequence"),
                           lambda: changed("proxy/snapshot.json")]:
                version += 1
                reached = moment()
                self.made(version)
                end_of_patience = time.monotonic() + 20
                while not reached():  # without a pause: the moment is short
                    self.assertLess(time.monotonic(), end_of_patience, "the moment came")
                self.cordon.kill(process)
                self.assertIn(self.cordon.version_on_disk(), [version - 1, version])
                self.wait_for(version)
        end()
        decided = self.versions_decided()
        self.assertGreater(len(decided), 100)
        self.assertEqual(sorted(decided), decided, "an older set answered after a newer one")
        self.assertEqual(0, cordon("log", "verify", "--config", self.cordon.config).returncode)

    def test_what_is_refused_changes_nothing(self):
        bundle("keygen", "stranger", "--output", self.folder)
        self.made(5)
        self.wait_for(5)
        running = self.cordon.running()

        def refused(put, why):
            before = self.cordon.refusals()
            put()
            wait_until(lambda: self.cordon.refusals() > before, why)
            self.assertIn(why, self.cordon.log_file.read_text())

        def put(**options):
            self.bundles.make(**options)
            self.bundles.put()

        refused(lambda: put(version=4), "is older than 5")
        refused(lambda: put(version=5, text='@id("other") permit (principal, action, resource);'), "with other content")
        refused(lambda: put(version=6, key=None), "it is not signed")
        refused(lambda: put(version=6, key="stranger"), "no trusted key")
        refused(lambda: put(version=6, name="lab"), "'sbi' ran so far")
        refused(lambda: os.truncate(self.folder / "sbi.bundle", 700), "truncated")
        self.assertEqual(running, self.cordon.running())
        self.cordon.ask()
        self.assertEqual(5, self.versions_decided()[-1])
        self.made(6)
        self.wait_for(6)

    def test_an_older_bundle_or_a_lost_record_of_versions_does_not_start(self):
        self.made(5)
        self.wait_for(5)
        self.cordon.stop()
        self.bundles.make(4)
        self.bundles.put()
        words = ["up", "--config", self.cordon.config]
        self.assertIn("is older than 5", cordon(*words, check=2).stderr)
        self.made(6)
        (self.folder / "state" / "bundle-versions.json").unlink()
        self.assertIn("write into it the version that last ran", cordon(*words, check=2).stderr)


if __name__ == "__main__":
    unittest.main()
