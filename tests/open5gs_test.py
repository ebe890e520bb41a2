"""`cordon init --open5gs`: files of Open5GS rewritten, certificates that fit, and a Cordon that knows NFs which name themselves."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from harness import BIN, Answer, cordon, records_of

NFS = {"nrf": 10, "amf": 5, "smf": 4, "ausf": 11, "udm": 12, "pcf": 13, "nssf": 14, "bsf": 15, "udr": 20}
MADE_UP = "f990ed9a-e555-41f1-9dea-7f66d0edecbf"  # as Open5GS makes one up at every start


def packaged(nf, address):
    """In the form of the packaged files: other sections before, between and after, remarks, an SCP."""
    return f"""logger:
  file:
    path: /var/log/open5gs/{nf}.log
#  level: info

{nf}:
  before:
    - keep: me
  sbi:
    server:
      - address: 127.0.0.{address}
        port: 7777
    client:
#      nrf:
#        - uri: http://127.0.0.10:7777
      scp:
        - uri: http://127.0.0.200:7777
  metrics:
    server:
      - address: 127.0.0.{address}
        port: 9090
"""


class Open5gsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cordon-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.packaged = self.folder / "packaged"
        self.packaged.mkdir()
        for nf, address in NFS.items():
            (self.packaged / f"{nf}.yaml").write_text(packaged(nf, address))
        self.made = self.folder / "cordon"

    def init(self, check=0):
        return cordon("init", self.made, "--open5gs", self.packaged, check=check)

    def refused(self):
        done = self.init(check=None)
        self.assertNotEqual(0, done.returncode)
        self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
        return done.stderr

    def test_the_files_send_every_nf_through_cordon_and_keep_the_rest(self):
        self.init()
        amf = (self.made / "open5gs/amf.yaml").read_text()
        for line in ("advertise: amf.5gc.mnc070.mcc999.3gppnetwork.org:7777", "address: 127.0.0.5", "keep: me", "port: 9090",
                     "uri: https://nrf.5gc.mnc070.mcc999.3gppnetwork.org:7777", "verify_client: true",
                     f"verify_client_cacert: {self.made}/pki/cordon-ca.crt", f"cacert: {self.made}/pki/cordon-ca.crt",
                     f"client_cert: {self.made}/pki/amf.crt", "path: /var/log/open5gs/amf.log"):
            self.assertIn(line, amf)
        for nf in NFS:
            text = (self.made / f"open5gs/{nf}.yaml").read_text()
            self.assertNotIn("http://", text, nf)
            self.assertEqual(1, text.count("\n  sbi:"), nf)
            self.assertEqual(packaged(nf, NFS[nf]), (self.packaged / f"{nf}.yaml").read_text(), "the packaged file is left alone")
        self.assertIn("nsi:", (self.made / "open5gs/nssf.yaml").read_text())
        self.assertNotIn("client:\n      nrf", (self.made / "open5gs/nrf.yaml").read_text())
        self.assertIn("127.0.1.20 udr.5gc", (self.made / "open5gs/hosts").read_text())

    def test_certificates_chain_carry_instance_and_type_and_keys_are_private(self):
        self.init()
        pki = self.made / "pki"
        for name, ca in [("amf", "operator-ca"), ("udr", "operator-ca"), ("cordon", "cordon-ca")]:
            done = subprocess.run(["openssl", "verify", "-CAfile", pki / f"{ca}.crt", pki / f"{name}.crt"], capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(0o600, (pki / f"{name}.key").stat().st_mode & 0o777)
        text = subprocess.run(["openssl", "x509", "-in", pki / "amf.crt", "-noout", "-text"], capture_output=True, text=True).stdout
        self.assertIn("URI:urn:uuid:0b500005-", text)
        self.assertIn("DNS:amf.5gc.mnc070.mcc999.3gppnetwork.org", text)

    def test_a_second_call_adds_what_the_inventory_gained_and_changes_no_certificate(self):
        self.init()
        before = (self.made / "pki/amf.crt").read_text()
        inventory = self.made / "inventory.yaml"
        with open(inventory, "a") as file:
            file.write("  - {instance: 0b500006-5c5c-4c5c-8c5c-000000000006, type: AMF, name: amf2, names_itself: true, dns: [amf2.example], "
                       "listen: 127.0.1.6:7777, upstream: 127.0.0.6:7777}\n")
        self.init()
        self.assertEqual(before, (self.made / "pki/amf.crt").read_text())
        self.assertIn("advertise: amf2.example:7777", (self.made / "open5gs/amf2.yaml").read_text())
        self.assertTrue((self.made / "pki/amf2.crt").exists())

    def test_wrong_input_is_named_on_one_line(self):
        (self.packaged / "bsf.yaml").unlink()
        self.assertRegex(self.refused(), r"bsf .*missing.*bsf\.yaml")
        (self.packaged / "bsf.yaml").write_text("bfs:\n  sbi:\n")
        self.assertRegex(self.refused(), r"bsf\.yaml.*no section 'bsf:'")
        self.assertEqual(2, cordon("init", self.made, "--open5gs").returncode)

    def test_nfs_that_name_themselves_are_known_by_their_certificate(self):
        self.init()
        config = self.made / "cordon.yaml"
        process = subprocess.Popen([BIN / "cordon", "up", "--json", "--config", config], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.assertTrue(json.loads(process.stdout.readline())["ready"])
        path = f"/nnrf-nfm/v1/nf-instances/{MADE_UP}"
        profile = {"nfInstanceId": MADE_UP, "nfType": "AMF", "nfStatus": "REGISTERED", "fqdn": "amf.5gc.mnc070.mcc999.3gppnetwork.org"}
        self.assertEqual(403, self.ask("amf", "PUT", path, profile | {"fqdn": "evil.example"}).status, "not its own name")
        self.assertGreaterEqual(self.ask("amf", "PUT", path, profile).status, 500, "permitted; no NRF runs behind it")
        self.assertEqual(403, self.ask("bsf", "PUT", path, profile).status)
        self.assertEqual(403, self.ask("bsf", "DELETE", path).status)
        shown = records_of(config)
        foreign, first = [r for r in shown if r.get("action") == "nnrf-nfm:RegisterNFInstance"][:2]
        self.assertEqual("profile-names-foreign-host", foreign["rule"])
        self.assertEqual("permit", first["decision"])
        self.assertIn("0b500005-", first["resource"])
        self.assertIn(f"amf names itself {MADE_UP}", json.dumps(first))

    def ask(self, nf, method, path, body=None):
        pki = self.made / "pki"
        name = "nrf.5gc.mnc070.mcc999.3gppnetwork.org"
        words = ["curl", "--silent", "--show-error", "--http2", "--max-time", "15", "--cacert", pki / "cordon-ca.crt", "--cert", pki / f"{nf}.crt",
                 "--key", pki / f"{nf}.key", "--resolve", f"{name}:7777:127.0.1.10", "-X", method, "-i", f"https://{name}:7777{path}"]
        if body is not None:
            words += ["-H", "content-type: application/json", "--data-binary", json.dumps(body)]
        return Answer(subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=30))


if __name__ == "__main__":
    unittest.main()
