"""Inspection through a running Cordon with curl, and cordon inspect on files."""

import json
import tempfile
import unittest

from harness import SOURCE, LabTest, cordon

AMF = "f990ed9a-e555-41f1-9dea-7f66d0edecbf"
SEEDS = SOURCE / "cordon/inspection/vectors/seeds.jsonl"
RECORDING = SOURCE / "lab/recordings/registration.jsonl"


class InspectionTest(LabTest):
    def register(self, **changes):
        profile = {"nfInstanceId": AMF, "nfType": "AMF", "nfStatus": "REGISTERED", "ipv4Addresses": ["127.0.1.5"]} | changes
        return self.lab.ask("AMF", "NRF", f"/nnrf-nfm/v1/nf-instances/{AMF}", method="PUT", body=json.dumps(profile))

    def test_a_profile_that_keeps_to_schema_and_overlay_passes(self):
        self.assertIn(self.register().status, (200, 201))

    def test_what_breaks_the_schema_or_the_overlay_is_refused_by_its_rule_and_no_value_is_shown(self):
        for rule, changes in [("schema.required", {"nfStatus": None}), ("schema.type", {"priority": "secret-value"}),
                              ("scp.only-scp", {"scpInfo": {}})]:
            with self.subTest(rule=rule):
                answer = self.register(**{k: v for k, v in changes.items() if v is not None}) if rule != "schema.required" else \
                    self.lab.ask("AMF", "NRF", f"/nnrf-nfm/v1/nf-instances/{AMF}", method="PUT",
                                 body=json.dumps({"nfInstanceId": AMF, "nfType": "AMF", "fqdn": "a.org"}))
                self.assertEqual(400, answer.status, answer.body)
                self.assertIn(f"rule {rule}", answer.problem()["detail"])
                self.assertNotIn("secret-value", answer.body + json.dumps(self.lab.decisions()[-1]))
                self.assertEqual(rule, self.lab.decisions()[-1]["rule"])


class CommandTest(unittest.TestCase):
    def test_the_recording_of_a_real_core_passes(self):
        self.assertIn("448 messages, 0 refused", cordon("inspect", RECORDING, check=0).stdout)

    def test_the_seeds_are_refused_and_the_report_tells_by_whom(self):
        shown = cordon("inspect", SEEDS, "--json", check=1).stdout.splitlines()
        self.assertEqual(23, len(shown))
        report = json.loads(cordon("inspect", "report", SEEDS, "--json", check=0).stdout)
        self.assertEqual(23, report["messages"])
        self.assertGreater(report["accepted_by_3gpp_refused_by_cordon"], 5)
        self.assertEqual(1, report["rules"]["identifier.pei"])

    def test_rules_are_listed(self):
        rules = [json.loads(line) for line in cordon("inspect", "rules", "--json", check=0).stdout.splitlines()]
        self.assertIn({"rule": "scp.domains", "request": "block", "response": "block",
                       "why": "has more SCP domains than readers have room for (open5gs#4383, open5gs#4468)"}, rules)

    def test_wrong_words_and_files_say_where_and_what(self):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write('{"method": "GET", "path": "/x"}\n{"method": 1}\n')
            file.flush()
            self.assertIn(f"{file.name}:2: a message has 'method' and 'path'", cordon("inspect", file.name, check=2).stderr)
            self.assertIn("no schema has a type or member",
                          cordon("inspect", "rules", "--overlay", self.overlay("at: [Nothing]"), check=2).stderr)
        self.assertIn("cannot be read", cordon("inspect", "/nowhere", check=2).stderr)
        self.assertIn("name one FILE", cordon("inspect", check=2).stderr)

    def overlay(self, place):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(f"rules:\n  - {{id: a, why: b, {place}, max_items: 1}}\n")
        self.addCleanup(__import__("os").unlink, file.name)
        return file.name


if __name__ == "__main__":
    unittest.main()
