"""Limits as callers, operators and attackers meet them (docs/guides/limits.md): configuration, 429 and 503, attacks beside honest traffic."""

import contextlib
import socket
import ssl
import struct
import unittest
import urllib.request

from harness import LabTest, cordon, wait_until
from http2_rows import ACK, EH, ES, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame, literal

PATH = "/nnrf-nfm/v1/nf-instances"


class LimitsTest(LabTest):
    def connect(self, caller="bsf"):
        pki = self.lab.folder / "pki"
        context = ssl.create_default_context(cafile=pki / "pep-ca.pem")
        context.load_cert_chain(pki / f"{caller}.pem", pki / f"{caller}.key")
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        host, port = self.lab.address("NRF").rsplit(":", 1)
        stream = context.wrap_socket(socket.create_connection((host, int(port)), 10))
        self.addCleanup(stream.close)
        stream.settimeout(10)
        stream.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))
        return stream

    def request(self, stream, last=True):
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", self.lab.address("NRF")), (":path", PATH)]
        return frame(HEADERS, EH | (ES if last else 0), stream, b"".join(literal(*field) for field in fields))

    def shed(self, limit):
        with urllib.request.urlopen("http://127.0.1.1:9464/metrics", timeout=10) as page:
            for line in page.read().decode().splitlines():
                if line.startswith(f'cordon_shed_total{{limit="{limit}"}}'):
                    return int(line.split()[-1])
        self.fail(f"no metric of {limit}")

    def everybody_else_is_served(self):
        self.assertEqual(200, self.lab.ask("AMF", "NRF", PATH).status)

    def ends(self, stream, sent):
        """Sends until the peer has had enough."""
        with contextlib.suppress(OSError):
            for each in sent:
                stream.sendall(each)
        with contextlib.suppress(OSError):
            while stream.recv(65536):
                pass

    def test_an_nf_has_only_so_many_connections_and_the_evidence_says_so(self):
        before = self.shed("connections_per_peer")
        streams = []
        with contextlib.suppress(OSError):  # closed after the handshake, so perhaps with a reset
            for _ in range(80):
                streams.append(self.connect())
        wait_until(lambda: self.shed("connections_per_peer") > before, "those beyond 64 are refused")
        self.everybody_else_is_served()
        for stream in streams:
            stream.close()
        note = wait_until(lambda: [each for each in self.lab.records() if each.get("kind") == "gap" and each.get("rule") == "limits"],
                          "the evidence says it", 30)
        self.assertIn("beyond the limits were refused", note[0]["reason"])

    def test_rapid_resets_end_the_connection_and_nobody_else_waits(self):
        # CVE-2023-44487
        attack = [self.request(1 + 2 * i) + frame(RST_STREAM, 0, 1 + 2 * i, struct.pack(">I", 8)) for i in range(5000)]
        self.ends(self.connect(), attack)
        self.everybody_else_is_served()

    def test_provoked_resets_end_the_connection(self):
        # CVE-2025-8671
        attack = [self.request(1 + 2 * i, last=False) + frame(8, 0, 1 + 2 * i, struct.pack(">I", 0x7FFFFFFF)) for i in range(5000)]
        self.ends(self.connect(), attack)
        self.everybody_else_is_served()

    def test_endless_continuations_end_the_connection(self):
        self.ends(self.connect(), [frame(HEADERS, ES, 1, literal(":method", "GET"))] + [frame(9, 0, 1, literal("a", "b" * 1000))] * 2000)
        self.everybody_else_is_served()

    def test_a_header_bomb_ends_the_connection(self):
        block = b"\x40\x01a\x7f\xa1\x1e" + b"x" * 4000 + b"\xbe" * 12_000
        self.ends(self.connect(), [self.request(1)[:4] + bytes([0]) + struct.pack(">I", 1) + self.request(1)[9:],
                                   frame(9, 0, 1, block[:16000]), frame(9, EH, 1, block[16000:] + b"\xbe" * 10)])
        self.everybody_else_is_served()

    def test_a_rate_of_policy_is_told_and_recorded(self):
        policy = self.lab.folder / "policy.cedar"
        text = policy.read_text()
        self.addCleanup(policy.write_text, text)
        ask = lambda: self.lab.ask("NSSF", "NRF", PATH)  # noqa: E731
        self.assertEqual(200, ask().status)
        policy.write_text(text + '\n@id("slow") @rate("1/m burst 2") permit (principal in NfType::"NSSF", action == Action::"nnrf-nfm:GetNFInstances", resource);\n')
        answer = wait_until(lambda: (got := ask()).status == 429 and got, "the rate is used up")
        self.assertEqual("60", answer.headers["retry-after"])
        self.assertEqual("NF_CONGESTION_RISK", answer.problem()["cause"])
        self.assertIn("rule rate-limit", answer.problem()["detail"])
        self.everybody_else_is_served()
        policy.write_text(text)
        wait_until(lambda: ask().status == 200, "without the rate")

    def test_a_rate_that_cannot_be_read_is_a_mistake_with_its_place(self):
        wrong = self.lab.folder / "wrong.cedar"
        wrong.write_text('permit (principal, action, resource);\n@rate("often") permit (principal, action, resource);\n')
        done = cordon("policy", "check", wrong, check=1)
        self.assertIn("wrong.cedar:2:", done.stderr)
        self.assertIn("100/s", done.stderr)

    def test_wrong_limits_are_named_before_anything_starts(self):
        config = self.lab.folder / "wrong.yaml"
        config.write_text(self.lab.config.read_text() + "limits: {streams: 0, in_flght: 3, rate_per_peer: fast}\n")
        done = cordon("up", "--config", config, check=2)
        for word in ["limits.streams", "limits.in_flght", "in_flight", "limits.rate_per_peer"]:
            self.assertIn(word, done.stderr)

    def test_a_forged_priority_does_not_pass(self):
        self.assertEqual(200, self.lab.ask("AMF", "NRF", PATH, headers=["3gpp-sbi-message-priority: 0"]).status)
        self.assertEqual(200, self.lab.ask("AMF", "NRF", PATH, headers=["3gpp-sbi-message-priority: nonsense"]).status)


if __name__ == "__main__":
    unittest.main()
