"""What an operator sees of a running enforcement point: access log, W3C Trace Context, metrics that promtool accepts."""

import json
import os
import signal
import subprocess
import unittest

from harness import LabTest, cordon, wait_until

SUPI = "imsi-999700000021309"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
METRICS = "127.0.1.1:9464"


class ObservabilityTest(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.lab.folder / "log" / "access.jsonl"
        cls.lab.config.write_text(cls.lab.config.read_text() + "access_log: log/access.jsonl\ntracing: true\n")
        cls.lab.kill("proxy")  # comes back with these
        cls.lab.wait_serving()

    def lines(self, file=None):
        file = file or self.file
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def line(self, **wanted):
        """The last line with these values, once it is written."""
        fits = lambda: [each for each in self.lines() if all(each.get(name) == value for name, value in wanted.items())]
        return wait_until(fits, f"a line with {wanted}")[-1]

    def test_a_permitted_request_leaves_a_line_that_names_its_record(self):
        answer = self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances", headers=[f"traceparent: {PARENT}"])
        self.assertEqual(200, answer.status)
        line = self.line(trace=TRACE)
        self.assertEqual(("amf1", "AMF", "NRF", "GET", "permit", 200, "b7ad6b7169203331"),
                         tuple(line[name] for name in ("caller", "caller_type", "producer_type", "method", "decision", "status", "parent")))
        self.assertEqual(len(answer.body), line["bytes_out"])
        for name in ("judge_us", "evidence_us", "upstream_us"):
            self.assertGreaterEqual(line[name], 0)
        record = next(each for each in self.lab.records() if each["seq"] == line["record"])
        self.assertEqual(f"00-{TRACE}-{line['span']}-01", record["trace"])
        self.assertNotEqual(line["parent"], line["span"])

    def test_a_trace_begins_here_where_a_request_brings_none(self):
        self.assertEqual(200, self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances").status)
        line = self.line(producer_type="NRF")
        self.assertRegex(line["trace"], "^[0-9a-f]{32}$")

    def test_a_refusal_says_its_rule_and_no_line_names_a_subscriber(self):
        answer = self.lab.ask("SMF", "UDR", f"/nudr-dr/v2/subscription-data/{SUPI}/authentication-data/authentication-subscription")
        self.assertEqual(403, answer.status)
        line = self.line(decision="refuse", producer_type="UDR")
        self.assertEqual(403, line["status"])
        self.assertTrue(line["rule"])
        self.assertIn("/p:", line["path"])
        self.assertNotIn(SUPI.removeprefix("imsi-"), self.file.read_text())

    def test_after_a_rotation_it_goes_on_in_a_new_file(self):
        self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        wait_until(self.lines, "lines are written")
        old = self.file.with_suffix(".1")
        self.file.rename(old)
        os.kill(self.lab.pid("proxy"), signal.SIGHUP)
        wait_until(self.file.exists, "a new file")
        self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        self.line(producer_type="NRF")
        self.assertTrue(self.lines(old))

    def test_promtool_finds_nothing_wrong_with_the_metrics(self):
        self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        page = subprocess.run(["curl", "--silent", "--fail", f"http://{METRICS}/metrics"], capture_output=True, check=True).stdout
        self.assertIn(b'cordon_access_log_lines_total{outcome="dropped"} 0', page)
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
        self.assertEqual((0, ""), (checked.returncode, (checked.stdout + checked.stderr).decode()))


if __name__ == "__main__":
    unittest.main()
