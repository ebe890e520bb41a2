"""Quarantine as an operator uses it: at once, everywhere, through restarts; and what was never asked for is not delivered."""

import json
import subprocess
import time
import unittest

from harness import BIN, LabTest, cordon, wait_until

LIST = "/nnrf-nfm/v1/nf-instances"
SUPI = "imsi-999700000021309"


class ContainmentTest(LabTest):
    def quarantine(self, *words, check=0):
        done = cordon("quarantine", *words, "--config", self.lab.config, "--json", check=check)
        return json.loads(done.stdout) if done.stdout else {}

    def add(self, *words, reason="a drill"):
        answer = self.quarantine("add", *words, "--reason", reason)
        self.addCleanup(lambda: cordon("quarantine", "lift", *words[:2], "--reason", "over", "--config", self.lab.config))
        return answer

    def status(self, caller="AMF", producer="NRF", path=LIST):
        return self.lab.ask(caller, producer, path).status

    def test_an_nf_is_cut_off_at_once_and_back_when_lifted(self):
        answer = self.add("nf", "amf1", reason="asks for foreign sessions")
        self.assertEqual((1, 1), (answer["running"], answer["enforcementPoints"]))
        self.assertLess(answer["milliseconds"], 1000)
        refused = self.lab.ask("AMF", "NRF", LIST)
        self.assertEqual(403, refused.status)
        self.assertIn("amf1 (AMF) is in quarantine until it is lifted: asks for foreign sessions", refused.problem()["detail"])
        self.assertEqual(503, self.lab.ask("UDM", "AMF", f"/namf-callback/v1/{SUPI}/dereg-notify", "POST", {}).status)
        self.assertEqual(200, self.status("UDM"))
        entry = self.quarantine("list")["quarantine"][0]
        self.assertEqual(("nf", "amf1", "asks for foreign sessions"), (entry["kind"], entry["name"], entry["reason"]))
        self.quarantine("lift", "nf", "amf1", "--reason", "reinstalled")
        self.assertEqual(200, self.status())
        record = [each for each in self.lab.records() if each.get("rule") == "quarantine"][0]
        self.assertEqual(("policy", "quarantined"), (record["kind"], record["decision"]))
        self.assertRegex(record["reason"], "asks for foreign sessions; by .+")

    def test_an_open_connection_ends(self):
        pki = self.lab.folder / "pki"
        words = ["openssl", "s_client", "-quiet", "-alpn", "h2", "-connect", self.lab.address("NRF"), "-CAfile", pki / "pep-ca.pem",
                 "-cert", pki / "amf.pem", "-key", pki / "amf.key"]
        peer = subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(peer.wait)
        self.addCleanup(peer.kill)
        peer.stdin.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")  # preface and empty SETTINGS
        peer.stdin.flush()
        self.assertEqual(9, len(peer.stdout.read(9)))  # the server's SETTINGS
        self.add("nf", "amf1")
        wait_until(lambda: b"\x07" in peer.stdout.read1(4096) or peer.poll() is not None, "GOAWAY")
        peer.stdout.read()  # to its end
        peer.stdout.close()

    def test_an_operation_a_slice_and_a_network(self):
        self.add("operation", "nnrf-nfm:GetNFInstances")
        self.assertEqual(403, self.status())
        self.quarantine("lift", "operation", "nnrf-nfm:GetNFInstances", "--reason", "over")
        self.add("slice", "1")
        self.assertEqual(403, self.status())  # all NFs of the laboratory serve only that one
        self.quarantine("lift", "slice", "1", "--reason", "over")
        self.add("plmn", "99970")
        self.assertEqual(403, self.status())
        self.quarantine("lift", "plmn", "99970", "--reason", "over")
        self.assertEqual(200, self.status())

    def test_it_ends_by_itself(self):
        self.add("nf", "amf1", "--for", "2s")
        self.assertEqual(403, self.status())
        wait_until(lambda: not self.quarantine("list")["quarantine"], "the entry is over")
        self.assertEqual(200, self.status())
        wait_until(lambda: any(each.get("decision") == "expired" for each in self.lab.records()), "the end is a record")

    def test_it_survives_kills_of_engine_and_enforcement_point(self):
        self.add("nf", "amf1")
        for part in ("engine", "proxy"):
            self.lab.kill(part)
            wait_until(lambda: self.status("UDM") == 200, f"{part} is back")
            self.assertEqual(403, self.status())
        wait_until(lambda: self.lab.pid("engine"), "the engine runs")
        listed = wait_until(lambda: cordon("quarantine", "list", "--config", self.lab.config).stdout, "the engine answers")
        self.assertIn("amf1", listed)

    def test_wrong_words_say_what_is_right(self):
        for words, hint in [(["add", "nf", "amf2", "--reason", "x"], "did you mean 'amf1'?"),
                            (["add", "nf", "amf1"], "--reason TEXT"),
                            (["add", "slice", "1-zz", "--reason", "x"], "SST-SD"),
                            (["add", "operation", "nudm-sdm:Nothing", "--reason", "x"], "catalogue"),
                            (["add", "plmn", "1", "--reason", "x"], "MCC and MNC"),
                            (["add", "nf", "amf1", "--reason", "x", "--for", "2 hours"], "write 90s, 30m, 2h or 7d"),
                            (["add", "nf", "amf1", "--reason", "x", "--including-emergency"], "goes with a slice"),
                            (["lift", "nf", "amf1", "--reason", "x"], "is not in quarantine"),
                            (["add", "ue", "x", "--reason", "x"], "nf, slice, operation or plmn")]:
            with self.subTest(words=words):
                done = cordon("quarantine", *words, "--config", self.lab.config, check=2)
                self.assertIn(hint, done.stderr)
                self.assertEqual(1, done.stderr.count("\n"))
        self.assertEqual([], self.quarantine("list")["quarantine"])

    def test_fifty_changes_are_in_force_within_a_second(self):
        took = []
        for _ in range(25):
            for words in (["add", "nf", "smf1"], ["lift", "nf", "smf1"]):
                start = time.monotonic()
                answer = self.quarantine(*words, "--reason", "measured")
                self.assertEqual(answer["running"], answer["enforcementPoints"])
                took.append((answer["milliseconds"], (time.monotonic() - start) * 1000))
        print("quarantine: ms at the engine, ms with the command:", *(sorted(each)[len(each) * p // 100] for each in zip(*took)
                                                                       for p in (50, 98)))

    def test_what_nobody_asked_for_is_not_delivered_also_after_a_restart(self):
        notify = ("UDM", "AMF", "/namf-callback/v1/imsi-999700000099999/sdmsubscription-notify", "POST",
                  {"notifyItems": [{"resourceId": "am-data", "changes": [{"op": "ADD", "path": "/x"}]}]})
        self.assertIn("notification-not-subscribed", self.lab.ask(*notify).problem()["detail"])
        address = self.lab.address("AMF")
        subscribed = self.lab.ask("AMF", "UDM", f"/nudm-sdm/v2/{SUPI}/sdm-subscriptions", "POST",
                                  {"nfInstanceId": "f990ed9a-e555-41f1-9dea-7f66d0edecbf", "implicitUnsubscribe": True,
                                   "callbackReference": f"https://{address}/namf-callback/v1/{SUPI}/sdmsubscription-notify",
                                   "monitoredResourceUris": [f"https://{self.lab.address('UDM')}/nudm-sdm/v2/{SUPI}/am-data"]})
        self.assertEqual(201, subscribed.status, subscribed.body)
        good = (*notify[:2], notify[2].replace("imsi-999700000099999", SUPI), *notify[3:])
        self.assertEqual(204, self.lab.ask(*good).status)
        self.lab.kill("proxy")
        self.lab.wait_serving()
        self.assertEqual(204, self.lab.ask(*good).status)
        self.assertIn("notification-not-subscribed", self.lab.ask(*notify).problem()["detail"])
        kept = (self.lab.folder / "state" / "ledger" / "ledger").read_bytes()
        self.assertNotIn(SUPI.encode(), kept)


class WithoutAnEngine(unittest.TestCase):
    def test_the_command_says_so(self):
        done = subprocess.run([BIN / "cordon", "quarantine", "list", "--config", "/nowhere/cordon.yaml"], capture_output=True, text=True)
        self.assertEqual(2, done.returncode)
        self.assertIn("/nowhere/cordon.yaml", done.stderr)


if __name__ == "__main__":
    unittest.main()
