"""Policies on the command line: started, checked, laid out, converted, tested, explained, compared, proved, replayed."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import BIN, SOURCE, Lab, cordon, wait_until

POLICY = SOURCE / "policies" / "sbi.cedar"
SCHEMA = SOURCE / "policies" / "sbi.cedarschema"


class PolicyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cordon-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def new(self):
        cordon("policy", "new", "mine", cwd=self.folder, check=0)
        return self.folder / "mine.cedar"

    def test_a_new_policy_is_valid_laid_out_and_passes_its_tests(self):
        policy = self.new()
        report = json.loads(cordon("policy", "check", policy, "--level", "1", "--json", check=0).stdout)
        self.assertTrue(report["valid"])
        self.assertEqual(([], []), (report["errors"], report["warnings"]))
        passed = json.loads(cordon("policy", "test", policy, self.folder / "mine.tests.json", "--json", check=0).stdout)
        self.assertEqual((3, 0), (passed["passed"], passed["failed"]))
        again = cordon("policy", "new", "mine", cwd=self.folder, check=2)
        self.assertIn("exists already", again.stderr)

    def test_the_default_policy_is_valid_without_a_warning(self):
        report = json.loads(cordon("policy", "check", POLICY, "--json", check=0).stdout)
        self.assertEqual((True, [], []), (report["valid"], report["errors"], report["warnings"]))

    def test_a_misspelt_attribute_is_named_with_its_place_and_the_right_one(self):
        policy = self.write("wrong.cedar", 'permit (principal is Nf, action in Action::"nudm-sdm", resource)\n'
                                           'when { principal.nfTyp == "AMF" };\n')
        done = cordon("policy", "check", policy, "--schema", SCHEMA, check=1)
        self.assertIn("wrong.cedar:2:", done.stderr)
        self.assertIn("nfType", done.stderr)
        self.assertIn("^", done.stderr)
        found = json.loads(cordon("policy", "check", policy, "--schema", SCHEMA, "--json", check=1).stdout)
        self.assertEqual(2, found["errors"][0]["line"])

    def test_format_keeps_the_answers_and_is_stable(self):
        policy = self.write("a.cedar", '// who\npermit(principal is Nf,action in Action::"read",resource) when{principal.plmn==resource.plmn};\n')
        cordon("policy", "format", policy, "--check", check=1)
        cordon("policy", "format", policy, "--write", check=0)
        cordon("policy", "format", policy, "--check", check=0)
        self.assertTrue(policy.read_text().startswith("// who\n"))
        cordon("policy", "check", policy, "--schema", SCHEMA, check=0)

    def test_json_and_text_are_two_forms_of_one_policy(self):
        policy = self.new()
        as_json = self.write("mine.json", cordon("policy", "convert", policy, "--to", "json", check=0).stdout)
        back = self.write("back.cedar", cordon("policy", "convert", as_json, "--to", "cedar", check=0).stdout)
        again = cordon("policy", "convert", back, "--to", "json", check=0).stdout
        self.assertEqual(json.loads(as_json.read_text())["staticPolicies"].keys(), json.loads(again)["staticPolicies"].keys())

    def test_a_failing_case_says_what_was_expected_and_what_came(self):
        policy = self.new()
        cases = json.loads((self.folder / "mine.tests.json").read_text())
        cases["tests"][1]["decision"] = "allow"
        done = cordon("policy", "test", policy, self.write("cases.json", json.dumps(cases)), check=1)
        self.assertIn("FAILED the BSF does not: expected allow, got deny", done.stdout)
        cases["tests"][0]["decsion"] = "allow"
        done = cordon("policy", "test", policy, self.write("cases.json", json.dumps(cases)), check=2)
        self.assertIn("test 1: unknown member 'decsion'", done.stderr)

    def test_explain_tells_forbidden_from_not_permitted_and_names_the_clause_that_failed(self):
        policy = self.write("e.cedar", '@id("reads") permit (principal, action, resource) when { context.n > 5 };\n'
                                       '@id("never") forbid (principal == U::"eve", action, resource);\n')
        request = {"principal": 'U::"bob"', "action": 'Action::"a"', "resource": 'U::"x"', "context": {"n": 3}}
        done = cordon("policy", "explain", policy, self.write("r.json", json.dumps(request)), check=1)
        self.assertIn("no rule permits it", done.stdout)
        self.assertIn("context.n is 3", done.stdout)
        told = json.loads(cordon("policy", "explain", policy, self.folder / "r.json", "--json", check=1).stdout)
        self.assertEqual(("not-permitted", "reads"), (told["refusal"], told["nearest"][0]["policy"]))
        request["principal"] = 'U::"eve"'
        told = json.loads(cordon("policy", "explain", policy, self.write("r.json", json.dumps(request)), "--json", check=1).stdout)
        self.assertEqual(("forbidden", ["never"]), (told["refusal"], told["reason"]))

    def test_prove_and_diff_find_what_a_change_permits(self):
        old = self.new()
        wider = self.write("wider.cedar", old.read_text().replace("unless { principal.plmn == resource.plmn }",
                                                                  'unless { principal.plmn == resource.plmn || principal.plmn == "00101" }'))
        schema = ("--schema", self.folder / "mine.cedarschema")
        cordon("policy", "prove", "never-errors", old, check=0)
        cordon("policy", "prove", "no-more-permissive", old, wider, *schema, check=0)
        found = json.loads(cordon("policy", "prove", "no-more-permissive", wider, old, *schema, "--json", check=1).stdout)
        step = found["steps"][0]
        self.assertEqual(("refuted", "allow", "deny"), (found["outcome"], step["answer"]["decision"], step["other"]["decision"]))
        self.assertEqual(["amf-reads-access-data"], step["answer"]["reason"])
        told = cordon("policy", "diff", old, wider, *schema, check=1).stdout
        self.assertIn("changed     forbid own-network-only", told)
        self.assertIn("newly allowed: Nf asks nudm-sdm:GetAmData of Service", told)
        self.assertNotIn("newly refused", told)

    def test_proving_without_a_solver_says_what_to_install(self):
        policy = self.new()
        done = subprocess.run([BIN / "cordon", "policy", "prove", "never-errors", policy], capture_output=True, text=True,
                              env={**os.environ, "PATH": str(self.folder)})
        self.assertEqual(2, done.returncode)
        self.assertIn("install the package cvc5", done.stderr)

    def test_replay_of_recorded_requests_groups_what_changes(self):
        policy = self.write("p.cedar", '@id("low") permit (principal, action, resource) when { context.n < 3 };\n')
        lines = [json.dumps({"principal": 'U::"bob"', "action": 'Action::"a"', "resource": 'U::"x"', "context": {"n": n},
                             "decision": "allow", "reason": ["all"], "caller": "AMF"}) for n in range(5)]
        done = cordon("policy", "replay", policy, "--requests", self.write("r.jsonl", "\n".join(lines)), "--json", check=1)
        told = json.loads(done.stdout)
        self.assertEqual((5, 0, 2), (told["requests"], told["newlyAllowed"], told["newlyRefused"]))
        self.assertEqual((2, ["all"], []), (told["changes"][0]["count"], told["changes"][0]["before"], told["changes"][0]["after"]))
        wrong = cordon("policy", "replay", policy, "--requests", self.write("w.jsonl", lines[0] + "\n{}\n"), check=2)
        self.assertIn("w.jsonl:2:", wrong.stderr)


class ReplayOfEvidenceTest(unittest.TestCase):
    """What really crossed Cordon, asked again of a candidate."""

    def test_the_log_is_replayed_through_a_candidate(self):
        with tempfile.TemporaryDirectory(prefix="cordon-") as folder:
            played = cordon("lab", "replay", "--folder", folder, "--json", timeout=300)
            self.assertEqual(0, played.returncode, played.stdout + played.stderr)
            config = pathlib.Path(folder) / "cordon.yaml"
            same = json.loads(cordon("policy", "replay", POLICY, "--config", config, "--json", check=0).stdout)
            self.assertGreater(same["requests"], 400)
            self.assertEqual([], same["changes"])
            candidate = pathlib.Path(folder) / "candidate.cedar"
            candidate.write_text(POLICY.read_text() + '\n@id("no-subscription-data") forbid (principal, action in Action::"nudm-sdm", resource);\n')
            told = json.loads(cordon("policy", "replay", candidate, "--config", config, "--json", check=1).stdout)
            self.assertEqual(0, told["newlyAllowed"])
            self.assertTrue(told["changes"])
            self.assertEqual({"no-subscription-data"}, {rule for change in told["changes"] for rule in change["after"]})


class AccessApiTest(unittest.TestCase):
    """AuthZEN at the engine: decided by the same policies, recorded like any other decision."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.stop)

    def evaluate(self, body, path="/access/v1/evaluation"):
        socket = self.lab.folder / "state" / "run" / "access.sock"
        wait_until(socket.exists, "the access API listens")
        done = subprocess.run(["curl", "--silent", "--show-error", "--http2-prior-knowledge", "--max-time", "10", "--unix-socket", socket,
                               "-H", "content-type: application/json", "-H", "x-request-id: 17", "-i",
                               "--data-binary", body if isinstance(body, str) else json.dumps(body), f"http://engine{path}"],
                              capture_output=True, text=True, timeout=30)
        head, _, answer = done.stdout.replace("\r\n", "\n").partition("\n\n")
        self.assertEqual(0, done.returncode, done.stderr)
        return int(head.split()[1]), head, json.loads(answer)

    def question(self, caller, action):
        record = next(r for r in self.lab.records() if r.get("caller_type") == caller and r.get("producer_type") == "NRF")
        context = {"method": "GET", "access": "read", "callback": False, "path": {}, "query": {}, "body": {}, "bodyKind": "none",
                   "tls": {"version": "TLSv1.3", "group": "X25519MLKEM768"}}
        return {"subject": {"type": "Nf", "id": record["caller"]}, "action": {"name": action},
                "resource": {"type": "Service", "id": f"{record['producer']}/nnrf-nfm"},
                "context": context}

    def test_an_evaluation_is_answered_with_its_reason_and_recorded(self):
        self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        status, head, answer = self.evaluate(self.question("AMF", "nudr-dr:QuerySubsToNotify"))
        self.assertEqual(200, status)
        self.assertIn("x-request-id: 17", head)
        self.assertFalse(answer["decision"])
        self.assertEqual(64, len(answer["context"]["policy_set_hash"]))
        self.assertIn(answer["context"]["refusal"], ("forbidden", "not-permitted"))
        record = next(r for r in self.lab.records() if r.get("peer") == "access API")
        self.assertEqual(("refuse", "nudr-dr:QuerySubsToNotify"), (record["decision"], record["action"]))

    def test_wrong_questions_are_refused_with_their_place(self):
        for body, words in [("{", "byte"), ({}, "subject.type"), ({"subject": {"type": "Nf", "id": "x"}}, "action.name")]:
            status, _, answer = self.evaluate(body)
            self.assertEqual(400, status)
            self.assertIn(words, answer["detail"])
        self.assertEqual(404, self.evaluate({}, "/access/v2/evaluation")[0])

    def test_nobody_tells_the_engine_what_the_inventory_knows(self):
        self.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")
        question = self.question("AMF", "nudr-dr:QuerySubsToNotify")
        question["subject"]["properties"] = {"nfType": "UDM"}
        status, _, answer = self.evaluate(question)
        self.assertEqual(400, status)
        self.assertIn("is known here", answer["detail"])


if __name__ == "__main__":
    unittest.main()
