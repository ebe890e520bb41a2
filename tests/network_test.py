"""Callers behind a bad network, and two enforcement points under one engine: network namespaces of our own, real sockets, foreign clients."""

import json
import pathlib
import re
import subprocess
import sys
import unittest

from harness import BIN, LabTest, cordon, wait_until
from lossy_link import FAR, NEAR, Link, enter

PATH = "/nnrf-nfm/v1/nf-instances"


def trace(number):
    return f"00-{number:032x}-{1:016x}-01"


class FarTest(LabTest):
    """A laboratory, and a far end from which Cordon is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.link = Link()
        cls.addClassCleanup(cls.link.stop)
        cls.name = re.search(r"type: NRF.*dns: \[([^\],]+)", (cls.lab.folder / "inventory.yaml").read_text())[1]
        cls.lab.config.write_text(cls.lab.config.read_text() + f"\nshared_listen: {NEAR}:7443\nlimits: {{idle_seconds: 2}}\n")
        cls.lab.kill("proxy")
        wait_until(lambda: cls.ask_from_far(NEAR) == ["200"], "Cordon serves the far end")

    def setUp(self):
        self.addCleanup(self.mend)

    def mend(self):
        self.link.loss, self.link.delay, self.link.down = 0.0, 0.0, False

    @classmethod
    def curl(cls, at, traces=(None,), patience=60):
        pki = cls.lab.folder / "pki"
        words = ["curl", "--silent", "--http2", "--max-time", patience, "--cacert", pki / "pep-ca.pem", "--cert", pki / "amf.pem",
                 "--key", pki / "amf.key", "--connect-to", f"::{at}:7443", "--fail-early", "-w", "%{stderr}%{http_code}\n"]
        words = list(map(str, words))
        one = lambda each: ["-o", "/dev/null", *(["-H", f"traceparent: {each}"] if each else []), f"https://{cls.name}{PATH}"]
        all_words = words + one(traces[0])
        for each in traces[1:]:
            all_words += ["--next", *words[1:], *one(each)]
        return all_words

    @classmethod
    def ask_from_far(cls, at, traces=(None,), patience=60):
        done = subprocess.run(cls.link.far(cls.curl(at, traces, patience)), stderr=subprocess.PIPE, text=True)
        return done.stderr.split()

    def connections(self):
        return json.loads(cordon("proxy", "status", "--config", self.lab.config, "--json", check=0).stdout)["connections"]


class CallersTest(FarTest):
    def test_packets_lost_and_late_lose_no_request_and_judge_none_twice(self):
        self.link.loss, self.link.delay = 0.05, 0.005
        traces = [trace(number) for number in range(1, 201)]
        parts = [subprocess.Popen(self.link.far(self.curl(NEAR, traces[i::8])), stderr=subprocess.PIPE, text=True) for i in range(8)]
        answers = [status for part in parts for status in part.communicate()[1].split()]
        self.assertEqual(["200"] * 200, answers)
        self.assertGreater(self.link.lost, 5, "the link was bad")
        judged = [record["trace"] for record in self.lab.decisions() if record.get("trace") in set(traces)]
        self.assertEqual(sorted(traces), sorted(judged), "every request judged once")

    def test_a_caller_that_vanished_does_not_keep_its_connection(self):
        words = ["openssl", "s_client", "-quiet", "-alpn", "h2", "-connect", f"{NEAR}:7443", "-CAfile", self.lab.folder / "pki/pep-ca.pem",
                 "-cert", self.lab.folder / "pki/amf.pem", "-key", self.lab.folder / "pki/amf.key"]
        wait_until(lambda: self.connections() == 0, "nobody is connected")
        caller = subprocess.Popen(self.link.far(words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(caller.wait)
        self.addCleanup(caller.kill)
        self.addCleanup(caller.stdin.close)
        caller.stdin.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        caller.stdin.flush()
        wait_until(lambda: self.connections() == 1, "it is connected")
        self.link.down = True  # no FIN, no RST: half open
        wait_until(lambda: self.connections() == 0, "its connection ended")
        self.mend()
        self.assertEqual(["200"], self.ask_from_far(NEAR))

    def test_a_request_on_its_way_when_the_link_breaks_is_judged_at_most_once(self):
        self.link.delay = 0.05
        traces = [trace(number) for number in range(1001, 1041)]
        running = subprocess.Popen(self.link.far(self.curl(NEAR, traces, patience=3)), stderr=subprocess.PIPE, text=True)
        first = running.stderr.readline().strip()
        self.link.down = True
        self.assertNotEqual(0, running.wait(timeout=200))
        running.stderr.close()
        self.mend()
        self.assertEqual("200", first)
        judged = [record["trace"] for record in self.lab.decisions() if record.get("trace") in set(traces)]
        self.assertEqual(len(set(judged)), len(judged))
        self.assertEqual(["200"], self.ask_from_far(NEAR))


class SecondPointTest(FarTest):
    """A second enforcement point at the far end: another network, the same engine and evidence log."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.lab.folder
        first, state = pathlib.Path(re.search(r"^state: *(\S+)", cls.lab.config.read_text(), re.M)[1]), folder / "second-state"
        first = first if first.is_absolute() else folder / first
        (state / "run").mkdir(parents=True)
        for shared in ["run/evidence.sock", "run/engine.sock", "engine-key.pub"]:
            (state / shared).symlink_to(first / shared)
        text = re.sub(r"^state: .*$", "state: second-state", cls.lab.config.read_text(), flags=re.M).replace(f"{NEAR}:7443", f"{FAR}:7443")
        text = re.sub(r"^name: .*$\n?", "", text, flags=re.M) + "\nname: far\n"
        (folder / "second.yaml").write_text(text)
        log = open(folder / "second.log", "wb")
        cls.addClassCleanup(log.close)
        cls.second = subprocess.Popen(cls.link.far([BIN / "cordon-proxy", "--config", folder / "second.yaml"]), stdout=log, stderr=log)
        cls.addClassCleanup(cls.second.wait)
        cls.addClassCleanup(cls.second.kill)
        # Its producers are not reachable from there: a permitted request ends as 502, a refused one as 403.
        wait_until(lambda: cls.ask_from_far(FAR) == ["502"], "the second enforcement point judges")

    def quarantine(self, verb):
        return json.loads(cordon("quarantine", verb, "nf", "amf1", "--reason", "a drill", "--config", self.lab.config, "--json").stdout)

    def test_a_quarantine_counts_at_both_enforcement_points_before_the_command_returns(self):
        answer = self.quarantine("add")
        self.assertEqual((2, 2), (answer["running"], answer["enforcementPoints"]))
        self.assertEqual((["403"], ["403"]), (self.ask_from_far(NEAR), self.ask_from_far(FAR)))
        self.quarantine("lift")
        self.assertEqual((["200"], ["502"]), (self.ask_from_far(NEAR), self.ask_from_far(FAR)))

    def test_both_go_on_without_the_engine_under_the_last_snapshot(self):
        self.lab.kill("engine")
        self.assertEqual((["200"], ["502"]), (self.ask_from_far(NEAR), self.ask_from_far(FAR)))
        wait_until(lambda: self.lab.pid("engine"), "the engine is back")

        def both_heard():
            answer = self.quarantine("add")
            self.quarantine("lift")
            return answer.get("running") == 2
        wait_until(both_heard, "both obey the new engine")

    def test_records_say_which_enforcement_point_judged(self):
        self.ask_from_far(FAR, [trace(5001)])
        self.ask_from_far(NEAR, [trace(5002)])
        by = {record["trace"]: record["proxy"] for record in self.lab.decisions() if record.get("trace") in (trace(5001), trace(5002))}
        self.assertEqual("far", by[trace(5001)])
        self.assertNotEqual("far", by[trace(5002)])


if __name__ == "__main__":
    why = enter()
    if why:
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main()
