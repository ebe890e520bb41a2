"""Certificates that change, end, are withdrawn or come in other kinds, as foreign TLS tools and an operator see it
(TS 33.501 13.1.0, TS 33.210 6.2, TS 33.310 6.1.3c)."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from harness import BIN, LabTest, cordon, records_of, wait_until

KINDS = {
    "P-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "P-384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "RSA": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ML-DSA-65": ["-algorithm", "ML-DSA-65"],
}
GROUPS = ["X25519MLKEM768", "X25519", "P-256", "P-384"]
NRF_PATH = "/nnrf-nfm/v1/nf-instances"
TELL = "%{stderr}%{http_code} %{num_connects}\n"  # standard output would be kept back until curl ends
GOOD = "Verify return code: 0 (ok)"


def openssl(*words, text=""):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, input=text, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {words}: {done.stderr}")
    return done.stdout


class Pki:
    """Certificates in the lab's folder, made by the reference tool."""

    def __init__(self, folder):
        self.folder = folder

    def names_of(self, name):
        lines = openssl("x509", "-in", self.folder / f"{name}.pem", "-noout", "-ext", "subjectAltName").splitlines()
        return lines[1].strip().replace("IP Address:", "IP:")

    def issue(self, like, to, kind="P-256", ca="operator-ca", seconds=86400):
        """A certificate with the names of another one; files TO.pem and TO.key, the key last."""
        key, request = self.folder / f"{to}.new.key", self.folder / f"{to}.csr"
        openssl("genpkey", *KINDS[kind], "-out", key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={to}", "-addext", f"subjectAltName={self.names_of(like)}",
                "-addext", "extendedKeyUsage=clientAuth,serverAuth", "-addext", "keyUsage=critical,digitalSignature", "-out", request)
        now = datetime.datetime.now(datetime.timezone.utc)
        form = "%Y%m%d%H%M%SZ"
        pem = openssl("x509", "-req", "-in", request, "-CA", self.folder / f"{ca}.pem", "-CAkey", self.folder / f"{ca}.key",
                      "-copy_extensions", "copyall", "-not_before", (now - datetime.timedelta(minutes=5)).strftime(form),
                      "-not_after", (now + datetime.timedelta(seconds=seconds)).strftime(form))
        (self.folder / f"{to}.pem").write_text(pem)
        os.chmod(key, 0o600)
        key.replace(self.folder / f"{to}.key")

    def serial(self, name):
        return openssl("x509", "-in", self.folder / f"{name}.pem", "-noout", "-serial").strip().partition("=")[2]

    def index(self, revoked):
        """OpenSSL's list of what an authority issued, with some of it taken back."""
        lines = [f"{'R' if name in revoked else 'V'}\t491231235959Z\t{'250101000000Z' if name in revoked else ''}\t{self.serial(name)}"
                 f"\tunknown\t/CN={name}" for name in ("amf", "smf", "udm", "proxy")]
        (self.folder / "index.txt").write_text("\n".join(lines) + "\n")
        return self.folder / "index.txt"

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "30",
                "-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem")

    def crl(self, revoked, seconds=3600, ca="operator-ca"):
        config = self.folder / "ca.cnf"
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.index(revoked)}\ndefault_md=sha256\n")
        new = self.folder / "new.crl"
        openssl("ca", "-gencrl", "-config", config, "-cert", self.folder / f"{ca}.pem", "-keyfile",
                self.folder / f"{ca}.key", "-crlsec", seconds, "-out", new)
        new.replace(self.folder / f"{ca}.crl")


class CertificateTest(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.lab.folder / "pki")

    def handshake(self, *options, at=None, caller="amf", text=""):
        pki = self.pki.folder
        words = ["openssl", "s_client", "-connect", at or self.lab.address("NRF"), "-alpn", "h2", "-CAfile", pki / "pep-ca.pem",
                 "-cert", pki / f"{caller}.pem", "-key", pki / f"{caller}.key", *options]
        return subprocess.run(["timeout", "5", *map(str, words)], capture_output=True, text=True, input=text).stdout

    def shown(self, at=None):
        """Serial number of the certificate that the listener shows."""
        out = self.handshake("-showcerts", at=at)
        if "BEGIN CERTIFICATE" not in out:
            return None
        return openssl("x509", "-noout", "-serial", text=out[out.index("-----BEGIN"):]).strip().partition("=")[2]

    def in_force(self, name="proxy", at=None):
        wait_until(lambda: self.shown(at) == self.pki.serial(name), f"the listener shows {name}'s new certificate")

    def curl(self, caller, *words, listener="NRF", **keys):
        return subprocess.run(["curl", *map(str, self.lab.curl_options(caller)), *map(str, words)], capture_output=True,
                              text=True, timeout=120, **keys)

    def url(self, listener="NRF"):
        return f"https://{self.lab.address(listener)}{NRF_PATH}"


class Lab(CertificateTest):
    def test_every_kind_of_own_certificate_serves_every_group_and_changes_without_a_restart(self):
        process = self.lab.pid("proxy")
        for kind in KINDS:
            self.pki.issue("proxy", "proxy", kind, "pep-ca")
            self.in_force()
            for group in GROUPS:
                with self.subTest(kind=kind, group=group):
                    out = self.handshake("-groups", group)
                    self.assertIn(GOOD, out)
                    self.assertIn("TLSv1.3", out)
            with self.subTest(kind=kind):
                self.assertEqual(200, self.lab.ask("AMF", "NRF", NRF_PATH).status)  # towards the NF, too
        self.assertEqual(process, self.lab.pid("proxy"))

    def test_callers_may_have_every_kind_of_certificate(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.pki.issue("amf", "amf2", kind)
                self.assertEqual(200, self.lab.ask("AMF2", "NRF", NRF_PATH).status)

    def test_a_change_under_traffic_drops_nothing(self):
        urls = [word for _ in range(100) for word in (self.url(), "-o", "/dev/null")]
        running = subprocess.Popen(["curl", *map(str, self.lab.curl_options("AMF")), "--max-time", "60", "--rate", "30/s",
                                    "-w", "%{http_code} %{num_connects}\n", *urls], stdout=subprocess.PIPE, text=True)
        for _ in range(2):
            self.pki.issue("proxy", "proxy", "P-256", "pep-ca")
            self.in_force()
        out = running.communicate(timeout=90)[0].split("\n")[:-1]
        self.assertEqual(["200"] * 100, [line.split()[0] for line in out])
        self.assertEqual(1, sum(int(line.split()[1]) for line in out), "the connection was dropped")

    def test_files_that_do_not_fit_together_change_nothing(self):
        log = self.lab.folder / "cordon.log"
        before, told = self.shown(), log.read_text().count("refused as a whole")
        certificate = self.pki.folder / "proxy.pem"
        good = certificate.read_text()
        self.pki.issue("proxy", "other", "P-256", "pep-ca")
        certificate.write_text((self.pki.folder / "other.pem").read_text())  # its key is missing
        wait_until(lambda: log.read_text().count("refused as a whole") > told, "the change is refused")
        self.assertIn("does not belong to the certificate", log.read_text())
        self.assertEqual(before, self.shown())
        certificate.write_text(good)

    def test_an_open_connection_ends_its_rights_with_its_certificate(self):
        self.pki.issue("amf", "amf3", seconds=6)
        out = self.curl("AMF3", "--rate", "10/m", "--max-time", "40", "-w", "%{http_code} %{num_connects}\n",
                        self.url(), "-o", "/dev/null", self.url(), "-o", self.lab.folder / "refusal.json").stdout
        self.assertEqual(["200 1", "403 0"], out.split("\n")[:2])
        self.assertIn("identity-expired", (self.lab.folder / "refusal.json").read_text())
        self.assertEqual("identity-expired", self.lab.decisions()[-1]["rule"])
        self.assertEqual(0, self.lab.ask("AMF3", "NRF", NRF_PATH).status)  # and no new one opens

    def test_a_withdrawn_instance_loses_an_open_connection_within_a_second(self):
        inventory = self.lab.folder / "inventory.yaml"
        text = inventory.read_text()
        instance = re.search(r"instance: (\S+), type: AMF", text)[1]
        words = ["curl", *map(str, self.lab.curl_options("AMF")), "--max-time", "30", "--rate", "10/s", "-w", TELL]
        for _ in range(200):
            words += [self.url(), "-o", "/dev/null"]
        running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.assertEqual("200 1\n", running.stderr.readline())
        inventory.write_text(text + f"revoked:\n  - {{instance: {instance}, because: its host was taken over}}\n")
        lines = []
        try:
            wait_until(lambda: self.lab.ask("AMF", "NRF", NRF_PATH).status == 403, "the instance is refused")
            self.assertEqual(200, self.lab.ask("SMF", "NRF", NRF_PATH).status)
            while not lines or (lines[-1] and not lines[-1].endswith(" 1\n")):  # until it has to connect anew
                lines.append(running.stderr.readline())
            self.assertIn("403 0\n", lines)
            self.assertIn("403 1\n", lines)
        finally:
            inventory.write_text(text)
            running.kill()
            running.communicate()
            wait_until(lambda: self.lab.ask("AMF", "NRF", NRF_PATH).status == 200, "the instance is taken back")
        self.assertIn("identity-revoked", [record.get("rule") for record in self.lab.records()])

    def test_sessions_resume_without_early_data_and_end_with_the_files(self):
        session = self.lab.folder / "session.pem"
        pki = self.pki.folder
        words = ["openssl", "s_client", "-connect", self.lab.address("NRF"), "-alpn", "h2", "-CAfile", pki / "pep-ca.pem", "-cert",
                 pki / "amf.pem", "-key", pki / "amf.key", "-sess_out", session]
        with subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as first:
            wait_until(session.exists, "a ticket came")
            first.stdin.close()
        self.assertIn("Reused, TLSv1.3", self.handshake("-sess_in", session))
        self.assertIn("Max Early Data: 0", openssl("sess_id", "-in", session, "-text", "-noout"))
        self.pki.issue("proxy", "proxy", "P-256", "pep-ca")
        self.in_force()
        self.assertIn("New, TLSv1.3", self.handshake("-sess_in", session))

    def test_a_name_nobody_here_has_is_refused(self):
        self.assertIn("unrecognized name", self.handshake("-servername", "udm.example") + self.stderr_of("-servername", "udm.example"))
        self.assertIn(GOOD, self.handshake("-noservername"))

    def stderr_of(self, *options):
        words = ["openssl", "s_client", "-connect", self.lab.address("NRF"), "-alpn", "h2", *options]
        return subprocess.run(["timeout", "5", *words], capture_output=True, text=True, input="").stderr

    def places_of(self, secret):
        process = pathlib.Path(f"/proc/{self.lab.pid('proxy')}")
        try:
            maps, memory = (process / "smaps").read_text(), open(process / "mem", "rb")
        except PermissionError:
            self.skipTest("not even root may look here")
        with memory:
            for part in re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", maps):
                first, last = (int(word, 16) for word in part.split()[0].split("-"))
                with contextlib.suppress(OSError, OverflowError, ValueError):
                    memory.seek(first)
                    text = memory.read(last - first) if part.split()[1].startswith("rw") else b""
                    if secret in text or secret[::-1] in text:
                        yield part.split("\n")[0], re.search(r"VmFlags:(.*)", part)[1].split()

    def test_the_private_key_is_in_locked_pages_that_no_core_file_holds(self):
        self.pki.issue("proxy", "proxy", "P-256", "pep-ca")
        self.in_force()
        shown = openssl("pkey", "-in", self.pki.folder / "proxy.key", "-text", "-noout").split("priv:")[1].split("pub:")[0]
        places = list(self.places_of(bytes.fromhex(re.sub(r"[^0-9a-f]", "", shown))[-32:]))
        self.assertTrue(places, "the key is nowhere: this test looks wrongly")
        for place, flags in places:
            self.assertIn("dd", flags, place)  # MADV_DONTDUMP
            self.assertIn("lo", flags, place)  # locked
        limits = pathlib.Path(f"/proc/{self.lab.pid('proxy')}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0")


class Own(CertificateTest):
    """A second Cordon beside the laboratory's, with a configuration of its own."""

    TLS = """name: second
state: second-state
policy: policy.cedar
inventory: second.yaml
tls:
  certificate: pki/proxy.pem
  key: pki/proxy.key
  ocsp: pki/proxy.ocsp
  callers:
    - {anchors: pki/operator-ca.pem, plmns: ["99970"]}
    - {anchors: pki/partner-ca.pem, plmns: ["00101"]}
  producers: pki/operator-ca.pem
  crls: [pki/operator-ca.crl, pki/partner-ca.crl]
  tls12: true
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.lab.folder
        text = (folder / "inventory.yaml").read_text().replace("listen: 127.0.1.", "listen: 127.0.3.")
        (folder / "second.yaml").write_text(text)
        cls.nrf = re.search(r"type: NRF.*listen: ([0-9.:]+)", text)[1]
        cls.name = re.search(r"type: NRF.*dns: \[([^\]]+)\]", text)[1]
        cls.pki.authority("partner-ca")
        cls.pki.crl([])
        cls.pki.crl([], ca="partner-ca")
        cls.staple()
        (folder / "second-cordon.yaml").write_text(cls.TLS)
        cls.log = open(folder / "second.log", "wb")
        cls.process = subprocess.Popen([BIN / "cordon", "up", "--json", "--config", folder / "second-cordon.yaml"],
                                       stdout=subprocess.PIPE, stderr=cls.log, text=True)
        cls.addClassCleanup(cls.end)
        line = cls.process.stdout.readline()
        if not line or not json.loads(line).get("ready"):
            raise AssertionError(line + (folder / "second.log").read_text())

    @classmethod
    def end(cls):
        cls.process.send_signal(signal.SIGTERM)
        cls.process.wait(30)
        cls.process.stdout.close()
        cls.log.close()

    @classmethod
    def staple(cls):
        pki = cls.pki.folder
        index = cls.pki.index([])
        openssl("ocsp", "-index", index, "-CA", pki / "pep-ca.pem", "-rsigner", pki / "pep-ca.pem", "-rkey", pki / "pep-ca.key",
                "-issuer", pki / "pep-ca.pem", "-cert", pki / "proxy.pem", "-ndays", "1", "-respout", pki / "proxy.ocsp")

    def ask(self, caller, *words):
        pki = self.pki.folder
        return subprocess.run(["curl", "--silent", "--show-error", "--http2", "--max-time", "20", "--cacert", pki / "pep-ca.pem",
                               "--cert", pki / f"{caller}.pem", "--key", pki / f"{caller}.key", "--connect-to", f"::{self.nrf}",
                               "-o", "/dev/null", "-w", "%{http_code}", *map(str, words), f"https://{self.name}{NRF_PATH}"],
                              capture_output=True, text=True)

    def old(self, *options):
        return self.handshake("-tls1_2", *options, at=self.nrf)

    def test_tls_1_2_speaks_the_profiles_suites_and_no_others(self):
        self.assertIn(GOOD, self.old())
        self.pki.issue("proxy", "proxy", "P-256", "pep-ca")
        self.staple()
        self.in_force(at=self.nrf)
        for suite in ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"]:
            self.assertIn(f"Cipher is {suite}", self.old("-cipher", suite))
        known = openssl("ciphers", "-s", "-tls1_2", "ALL:@SECLEVEL=0").strip().split(":")
        for suite in known:
            if not suite.startswith(("TLS_", "ECDHE-ECDSA-AES256-GCM", "ECDHE-ECDSA-AES128-GCM")):
                with self.subTest(suite=suite):
                    self.assertNotIn("Cipher is ECDHE", self.old("-cipher", f"{suite}:@SECLEVEL=0"))

    def test_tls_1_2_has_no_renegotiation_no_tickets_and_needs_the_extended_master_secret(self):
        out = self.old()
        self.assertIn("Extended master secret: yes", out)
        self.assertNotIn("TLS session ticket:", out)
        self.assertIn("Cipher is (NONE)", self.old("-no_ems"))

    def test_our_certificate_comes_with_its_ocsp_response(self):
        out = self.handshake("-status", at=self.nrf)
        self.assertIn("OCSP Response Status: successful", out)
        self.assertIn("Cert Status: good", out)

    def test_a_new_revocation_list_counts_at_once_also_on_open_connections(self):
        self.assertEqual("200", self.ask("smf").stdout)
        words = ["curl", "--silent", "--http2", "--max-time", "30", "--cacert", "pep-ca.pem", "--cert", "smf.pem", "--key", "smf.key",
                 "--connect-to", f"::{self.nrf}", "--rate", "5/s", "-w", TELL]
        for _ in range(100):
            words += [f"https://{self.name}{NRF_PATH}", "-o", "/dev/null"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.pki.folder) as running:
            self.assertEqual("200 1\n", running.stderr.readline())
            self.pki.crl(["smf"])
            wait_until(lambda: self.ask("smf").stdout == "000", "the caller is refused in the handshake")
            wait_until(lambda: "revoked" in (self.lab.folder / "second.log").read_text(), "the log says why")
            self.assertEqual("200", self.ask("amf").stdout)
            wait_until(lambda: running.stderr.readline().startswith(("000", "403")), "the open connection is cut")
            running.kill()
        self.pki.crl([])
        wait_until(lambda: self.ask("smf").stdout == "200", "the list is taken back")

    def test_the_authority_of_one_plmn_cannot_make_nfs_of_another(self):
        self.pki.issue("amf", "forged", ca="partner-ca")  # with every name of the AMF of 99970
        self.assertEqual("403", self.ask("forged").stdout)
        records = [each for each in records_of(self.lab.folder / "second-cordon.yaml") if "rule" in each]
        self.assertEqual("identity-wrong-anchor", records[-1]["rule"])
        self.assertEqual("200", self.ask("amf").stdout)

    def test_an_outdated_list_is_a_clear_reason_to_refuse(self):
        self.pki.crl([], seconds=1)
        wait_until(lambda: self.ask("amf").stdout == "000", "without a fresh list nobody comes in")
        self.assertIn("revocation list", (self.lab.folder / "second.log").read_text())
        doctor = cordon("doctor", "--offline", "--json", "--config", self.lab.folder / "second-cordon.yaml")
        self.assertEqual(1, doctor.returncode)
        self.assertIn("crl", [check["check"] for check in json.loads(doctor.stdout)["checks"] if check["outcome"] == "failed"])
        self.pki.crl([])
        wait_until(lambda: self.ask("amf").stdout == "200", "a fresh list helps at once")


class Doctor(CertificateTest):
    def doctor(self, *words, config=None):
        done = cordon("doctor", "--json", "--config", config or self.lab.config, *words)
        return done.returncode, json.loads(done.stdout)

    def outcomes(self, report, check):
        return {each["subject"]: each["outcome"] for each in report["checks"] if each["check"] == check}

    def test_finds_the_laboratory_in_order(self):
        status, report = self.doctor()
        self.assertEqual([], [check for check in report["checks"] if check["outcome"] == "failed"])
        self.assertEqual(0, status)
        for check in ["listener", "producer", "bypass"]:
            self.assertEqual({"ok"}, set(self.outcomes(report, check).values()), check)
            self.assertEqual(9, len(self.outcomes(report, check)), check)

    def test_finds_wrong_modes_and_names_the_remedy(self):
        key = self.pki.folder / "proxy.key"
        os.chmod(key, 0o644)
        try:
            status, report = self.doctor("--offline")
        finally:
            os.chmod(key, 0o600)
        self.assertEqual(1, status)
        found = [check for check in report["checks"] if check["outcome"] == "failed"]
        self.assertEqual([("mode", f"chmod 600 {key}")], [(check["check"], check["remedy"]) for check in found])

    def test_says_what_it_cannot_read(self):
        done = cordon("doctor", "--config", self.lab.folder / "nothing.yaml", check=2)
        self.assertIn("nothing.yaml", done.stderr)
        self.assertIn("--key", cordon("doctor", "--config", self.lab.config, "--certificate", "x", check=2).stderr)

    def server(self, at, kind, believes, *options):
        self.pki.issue("nrf", "producer", kind)
        pki = self.pki.folder
        words = ["openssl", "s_server", "-accept", at, "-cert", pki / "producer.pem", "-key", pki / "producer.key", "-alpn", "h2",
                 "-Verify", "2", "-verify_return_error", "-CAfile", believes, "-rev", "-quiet", *options]
        return subprocess.Popen(list(map(str, words)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def visited(self, kind, believes, *options):
        """The doctor's words about one NF that is played by the reference tool."""
        at = "127.0.4.1:7777"
        text = (self.lab.folder / "inventory.yaml").read_text()
        line = next(line for line in text.splitlines() if "type: NRF" in line)
        (self.lab.folder / "third.yaml").write_text("nfs:\n" + re.sub(r"upstream: [0-9.:]+", f"upstream: {at}", line) + "\n")
        config = self.lab.folder / "third-cordon.yaml"
        config.write_text(self.lab.config.read_text().replace("inventory.yaml", "third.yaml"))
        running = self.server(at, kind, believes, *options)
        try:
            wait_until(lambda: self.listens(at), "the server listens")
            return self.doctor(config=config)
        finally:
            running.kill()
            running.wait()

    @staticmethod
    def listens(at):
        return subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/{at.replace(':', '/')}"], stderr=subprocess.DEVNULL).returncode == 0

    def test_reaches_producers_with_every_kind_of_certificate_and_group(self):
        for kind in KINDS:
            for group in ["X25519MLKEM768", "P-256"] if kind == "P-256" else ["X25519MLKEM768"]:
                with self.subTest(kind=kind, group=group):
                    _, report = self.visited(kind, self.pki.folder / "pep-ca.pem", "-groups", group)
                    self.assertEqual({"nrf1": "ok"}, self.outcomes(report, "producer"), report)
                    self.assertEqual({"nrf1": "ok"}, self.outcomes(report, "bypass"), report)

    def test_finds_the_way_past_cordon(self):
        both = self.pki.folder / "both.pem"
        both.write_text((self.pki.folder / "pep-ca.pem").read_text() + (self.pki.folder / "operator-ca.pem").read_text())
        status, report = self.visited("P-256", both)
        self.assertEqual(1, status)
        found = [check for check in report["checks"] if check["outcome"] == "failed"]
        self.assertEqual(["a direct call with the operator's certificate is served past Cordon"], [check["detail"] for check in found])
        self.assertIn("Cordon's own authority only", found[0]["remedy"])


del CertificateTest

if __name__ == "__main__":
    unittest.main()
