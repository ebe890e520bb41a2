"""The listener as foreign TLS tools see it (TS 33.501 13.1.0, TS 33.210 6.2)."""

import subprocess
import unittest

from harness import LabTest


class TlsTest(LabTest):
    def handshake(self, *options, caller="amf"):
        pki = self.lab.folder / "pki"
        words = ["openssl", "s_client", "-connect", self.lab.address("NRF"), "-alpn", "h2", "-CAfile", str(pki / "pep-ca.pem"),
                 "-cert", str(pki / f"{caller}.pem"), "-key", str(pki / f"{caller}.key"), *options]
        return subprocess.run(["timeout", "5", *words], capture_output=True, text=True, input="").stdout

    def test_prefers_the_hybrid_post_quantum_group(self):
        out = self.handshake("-groups", "X25519MLKEM768:X25519")
        self.assertIn("X25519MLKEM768", out)
        self.assertIn("TLSv1.3", out)

    def test_takes_the_classical_groups_of_the_profile(self):
        for group in ["X25519", "P-256", "P-384"]:
            with self.subTest(group=group):
                self.assertIn("Verify return code: 0 (ok)", self.handshake("-groups", group))

    def test_refuses_tls_1_2_by_default(self):
        self.assertNotIn("Verify return code: 0 (ok)\n", self.handshake("-tls1_2").split("Verify return code")[0] + "x")
        self.assertIn("Cipher is (NONE)", self.handshake("-tls1_2"))

    def test_refuses_a_caller_without_a_certificate(self):
        pki = self.lab.folder / "pki"
        done = subprocess.run(["curl", "--silent", "--show-error", "--http2", "--cacert", pki / "pep-ca.pem",
                               f"https://{self.lab.address('NRF')}/nnrf-nfm/v1/nf-instances"], capture_output=True, text=True)
        self.assertNotEqual(0, done.returncode)
        self.assertEqual("", done.stdout)  # in TLS 1.3 the alert may be overtaken by the reset: curl's words differ from run to run

    def test_refuses_http_1_1(self):
        done = subprocess.run(["curl", *map(str, self.lab.curl_options("AMF")), "--http1.1",
                               f"https://{self.lab.address('NRF')}/nnrf-nfm/v1/nf-instances"], capture_output=True, text=True)
        self.assertNotEqual(0, done.returncode)

    def test_a_direct_call_past_cordon_fails_in_the_handshake(self):
        pki = self.lab.folder / "pki"
        upstream = self.lab.ready["upstream"]["UDR"]
        done = subprocess.run(["curl", "--silent", "--show-error", "--http2", "--insecure", "--cert", pki / "udm.pem", "--key", pki / "udm.key",
                               f"https://{upstream}/nnrf-nfm/v1/nf-instances"], capture_output=True, text=True)
        self.assertNotEqual(0, done.returncode, "an operator certificate reached the NF directly")


if __name__ == "__main__":
    unittest.main()
