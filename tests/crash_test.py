"""Kill -9 of each process while requests flow: the log verifies, no recorded decision is lost, nothing passes unrecorded."""

import json
import subprocess
import threading
import unittest

from harness import Lab, wait_until


def trace(number):
    return f"00-{number:032x}-{1:016x}-01"


class Load(threading.Thread):
    """Benign requests through Cordon with curl, each with a trace id of its own, until told to stop."""

    def __init__(self, lab, start):
        super().__init__()
        self.lab, self.number, self.ending = lab, start, threading.Event()
        self.outcomes = {}  # trace -> status

    def run(self):
        while not self.ending.is_set():
            self.round(50)

    def round(self, count):
        options = [str(option) for option in self.lab.curl_options("AMF")]
        words, traces = ["curl"], []
        for _ in range(count):
            self.number += 1
            traces.append(trace(self.number))
            words += (["--next"] if len(traces) > 1 else []) + options + [
                "-H", f"traceparent: {traces[-1]}", "-o", "/dev/null", "-w", "%{http_code}\n",
                f"https://{self.lab.address('NRF')}/nnrf-nfm/v1/nf-instances"]
        done = subprocess.run(words, capture_output=True, text=True)
        for each, status in zip(traces, done.stdout.split()):
            self.outcomes[each] = int(status)


class CrashTest(unittest.TestCase):
    def test_killing_each_process_loses_no_decision_and_lets_nothing_pass_unrecorded(self):
        lab = Lab()
        self.addCleanup(lab.stop)
        load = Load(lab, start=1000)
        load.start()
        try:
            for part in ["evidence", "proxy", "engine", "evidence", "proxy"]:
                before = sum(status == 200 for status in load.outcomes.values())
                wait_until(lambda: sum(status == 200 for status in load.outcomes.values()) > before, "requests flow")
                old = lab.kill(part)
                wait_until(lambda: (new := lab.pid(part)) and new != old, f"{part} is started again")
        finally:
            load.ending.set()
            load.join()
        lab.wait_serving()

        permitted = {record["trace"] for record in lab.records() if record.get("decision") == "permit" and record.get("trace")}
        answered = {each for each, status in load.outcomes.items() if status == 200}
        self.assertGreater(len(answered), 200)
        self.assertEqual(set(), lab.received() - permitted, "a request reached an NF without a record")
        self.assertEqual(set(), answered - permitted, "an answered request has lost its record")
        self.assertEqual(0, lab.verify().returncode, lab.verify().stdout)

    def test_without_the_log_writer_requests_are_refused_with_the_reason(self):
        lab = Lab()
        self.addCleanup(lab.stop)
        evidence = lab.pid("evidence")
        subprocess.run(["kill", "-STOP", str(evidence)], check=True)
        # The writer is alive but silent: the request waits, and is not passed on.
        answer = lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances", headers=[f"traceparent: {trace(7)}"], extra=["--max-time", "1"])
        self.assertEqual(0, answer.status)
        self.assertNotIn(trace(7), lab.received())
        subprocess.run(["kill", "-KILL", str(evidence)], check=True)
        lab.wait_serving()
        self.assertEqual(0, lab.verify().returncode)

    def test_without_the_engine_the_last_snapshot_goes_on_working(self):
        lab = Lab()
        self.addCleanup(lab.stop)
        subprocess.run(["kill", "-STOP", str(lab.pid("engine"))], check=True)
        lab.kill("proxy")  # the new proxy finds no answering engine and takes the stored snapshot
        lab.wait_serving()
        self.assertEqual(403, lab.ask("BSF", "UDR", "/nudr-dr/v1/subscription-data/imsi-999700000021309/authentication-data/authentication-subscription").status)


if __name__ == "__main__":
    unittest.main()
