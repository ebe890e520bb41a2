"""Requests through a running Cordon with curl: what passes, what is refused, how it is explained and recorded."""

import json
import unittest

from harness import LabTest, cordon, wait_until

AMF = "f990ed9a-e555-41f1-9dea-7f66d0edecbf"
SUPI = "imsi-999700000021309"


class RequestsTest(LabTest):
    def refused(self, rule, status, *ask, **more):
        answer = self.lab.ask(*ask, **more)
        self.assertEqual(status, answer.status, answer.body)
        self.assertEqual("application/problem+json", answer.headers["content-type"])
        problem = answer.problem()
        self.assertIn(f"rule {rule}", problem["detail"])
        number = int(problem["instance"].removeprefix("urn:cordon:record:"))
        record = self.lab.records()[number]
        self.assertEqual((number, rule, "refuse"), (record["seq"], record["rule"], record["decision"]))
        return problem, record

    def test_a_benign_request_passes_untouched_and_is_recorded(self):
        answer = self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances", headers=["traceparent: 00-11-22-01"])
        self.assertEqual(200, answer.status)
        self.assertEqual("application/3gppHal+json", answer.headers["content-type"])
        record = self.lab.decisions()[-1]
        self.assertEqual(("permit", AMF, "nnrf-nfm:GetNFInstances"), (record["decision"], record["caller"], record["action"]))

    def test_key_theft_is_refused_by_the_rule_that_names_it(self):
        path = f"/nudr-dr/v1/subscription-data/{SUPI}/authentication-data/authentication-subscription"
        problem, record = self.refused("udr-authentication-data-only-udm", 403, "BSF", "UDR", path)
        self.assertNotIn(SUPI, json.dumps(record), "a subscriber identifier stands in the evidence in clear")

    def test_deleting_the_profile_of_another_nf_is_refused(self):
        problem, _ = self.refused("own-profile-only", 403, "BSF", "NRF", f"/nnrf-nfm/v1/nf-instances/{AMF}", method="DELETE")
        self.assertEqual("MODIFICATION_NOT_ALLOWED", problem["cause"])

    def test_an_unknown_path_is_refused_with_the_closest_known_one(self):
        problem, _ = self.refused("not-in-catalogue", 404, "AMF", "UDM", f"/nudm-sdm/v2/{SUPI}/am-dat")
        self.assertIn("am-data", problem["detail"])

    def test_path_confusion_is_refused(self):
        for path in ["/nnrf-nfm/v1/nf-instances/%2e%2e/x", f"/nudm-sdm/v2/{SUPI}%2fam-data", "/nnrf-nfm//v1/nf-instances"]:
            with self.subTest(path=path):
                self.refused("malformed-path", 400, "AMF", "NRF" if "nnrf" in path else "UDM", path, extra=["--path-as-is"])

    def test_duplicate_member_names_are_refused(self):
        body = '{"reqNfInstanceId":"%s","reqNfType":"AMF","reqNf\\u0054ype":"UDM","nfStatusNotificationUri":"http://127.0.1.5:7777/x"}' % AMF
        problem, _ = self.refused("malformed-body", 400, "AMF", "NRF", "/nnrf-nfm/v1/subscriptions", method="POST", body=body)
        self.assertEqual("INVALID_MSG_FORMAT", problem["cause"])

    def test_a_request_for_another_authority_is_misdirected(self):
        self.refused("authority-mismatch", 421, "AMF", "NRF", "/nnrf-nfm/v1/nf-instances", headers=["Host: evil.example"])

    def test_a_service_of_another_producer_is_not_served_here(self):
        self.refused("service-not-here", 404, "AMF", "NRF", f"/nudm-sdm/v2/{SUPI}/am-data")

    def test_explain_tells_a_refusal_on_one_screen(self):
        _, record = self.refused("own-profile-only", 403, "BSF", "NRF", f"/nnrf-nfm/v1/nf-instances/{AMF}", method="DELETE")
        shown = cordon("explain", record["seq"], "--config", self.lab.config, check=0).stdout
        for expected in ["own-profile-only", "BSF", "refuse", "DELETE", "policy.cedar:"]:
            self.assertIn(expected, shown)
        self.assertLess(len(shown.splitlines()), 40)
        self.assertEqual(record["seq"], json.loads(cordon("explain", record["seq"], "--config", self.lab.config, "--json", check=0).stdout)["record"]["seq"])

    def test_log_show_and_verify_work_while_cordon_runs(self):
        self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        shown = cordon("log", "show", "--config", self.lab.config, "--last", "1", "--json", check=0).stdout
        self.assertEqual(1, len(shown.splitlines()))
        report = json.loads(cordon("log", "verify", "--config", self.lab.config, "--json", check=0).stdout)
        self.assertTrue(report["ok"])

    def test_a_changed_policy_is_taken_up_and_a_wrong_one_is_not(self):
        policy = self.lab.folder / "policy.cedar"
        text = policy.read_text()
        path = "/nnrf-nfm/v1/nf-instances"
        before = self.lab.ask("NSSF", "NRF", path)
        self.assertEqual(200, before.status)
        try:
            policy.write_text(text + '\n@id("no-nssf") forbid (principal in NfType::"NSSF", action, resource);\n')
            wait_until(lambda: self.lab.ask("NSSF", "NRF", path).status == 403, "the new rule holds")
            self.assertEqual("no-nssf", self.lab.decisions()[-1]["rule"])
            policy.write_text("forbid (principal, action resource);")
            wait_until(lambda: b"refused; the last good snapshot stays" in (self.lab.folder / "cordon.log").read_bytes(), "the wrong policy is reported")
            self.assertEqual(403, self.lab.ask("NSSF", "NRF", path).status)
        finally:
            policy.write_text(text)
        wait_until(lambda: self.lab.ask("NSSF", "NRF", path).status == 200, "the old policy is back")

    def test_metrics_are_served_for_prometheus(self):
        import urllib.request
        with urllib.request.urlopen(f"http://{self.lab.ready['metrics']}/metrics") as page:
            text = page.read().decode()
        self.assertIn('cordon_requests_total{outcome="permitted"}', text)
        self.assertIn("# TYPE cordon_stage_seconds histogram", text)


if __name__ == "__main__":
    unittest.main()
