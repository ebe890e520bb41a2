"""Access tokens through a running Cordon, with curl and with other people's JWT library (python3-jwt): what passes, what is refused and how."""

import base64
import datetime
import hashlib
import json
import subprocess
import unittest
import urllib.parse

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from harness import LabTest, cordon, wait_until

NAMES = {"AMF": "f990ed9a-e555-41f1-9dea-7f66d0edecbf"}
SUPI = "imsi-999700000021309"
AM_DATA = f"/nudm-sdm/v2/{SUPI}/am-data"
FOREIGN = "0f0f0f0f-e555-41f1-9f59-65bd764bf60d"


def now():
    return int(datetime.datetime.now(datetime.timezone.utc).timestamp())


class TokensTest(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.lab.folder
        cls.inventory = {}
        for line in (folder / "inventory.yaml").read_text().splitlines():
            if "instance:" in line:
                words = dict(part.strip().split(": ", 1) for part in line.strip(" -{}").split(",") if ": " in part)
                cls.inventory[words["type"]] = words["instance"]
        cls.foreign = ec.generate_private_key(ec.SECP256R1())
        cls.write_jwks("f1", cls.foreign)
        cls.keys = folder / "token-key.pem"
        cordon("token", "keys", "make", "--key", cls.keys, check=0)
        cls.add_issuer(folder / "inventory.yaml")
        cls.configure("required")
        wait_until(lambda: cls.opens(), "the second NRF counts as an issuer")

    @classmethod
    def add_issuer(cls, inventory):
        """TS 33.501 13.4.1.1.2: only NRFs of the inventory issue tokens."""
        text = inventory.read_text()
        inventory.write_text(text.replace("nfs:\n", f"nfs:\n  - {{instance: {FOREIGN}, type: NRF, name: nrf2, dns: [nrf2.example.org], plmn: \"99970\"}}\n", 1))

    @classmethod
    def opens(cls):
        """A foreign token that is good is taken."""
        self = cls()
        return self.ask(self.sign(self.claims())).status not in (0, 401, 403)

    @classmethod
    def write_jwks(cls, kid, key):
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
        (cls.lab.folder / "foreign.jwks").write_text(json.dumps({"keys": [{**public, "kid": kid, "use": "sig"}]}))

    @classmethod
    def configure(cls, mode, more=""):
        """Another tokens section, taken up by a proxy that is killed and comes back."""
        text = cls.lab.config.read_text().split("tokens:")[0]
        cls.lab.config.write_text(text + f"""tokens:
  mode: {mode}
  issuers:
    - {{name: {FOREIGN}, jwks: foreign.jwks, algorithms: [ES256]}}
  authority: {{issuer: {cls.inventory["NRF"]}, key: token-key.pem}}
{more}""")
        cls.lab.kill("proxy")
        wait_until(lambda: cls.lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances").status == 200, "the proxy is back")

    def ask(self, token=None, caller="AMF", producer="UDM", path=AM_DATA, headers=()):
        headers = list(headers) + ([f"authorization: Bearer {token}"] if token else [])
        return self.lab.ask(caller, producer, path, headers=headers)

    def fetch(self, caller="AMF", scope="nudm-sdm", target="UDM", **more):
        fields = {"grant_type": "client_credentials", "nfInstanceId": self.inventory[caller], "nfType": caller,
                  "targetNfType": target, "scope": scope, **more}
        return self.lab.ask(caller, "NRF", "/oauth2/token", method="POST", headers=["content-type: application/x-www-form-urlencoded"],
                            extra=["--data", urllib.parse.urlencode(fields)])

    def claims(self, **more):
        return {"iss": FOREIGN, "sub": self.inventory["AMF"], "aud": "UDM", "scope": "nudm-sdm", "iat": now(), "exp": now() + 60, **more}

    def sign(self, claims, key=None, algorithm="ES256", kid="f1"):
        return jwt.encode(claims, key or self.foreign, algorithm=algorithm, headers={"kid": kid})

    def refused(self, answer, rule, status):
        self.assertEqual(status, answer.status, answer.body)
        self.assertIn(f"rule {rule}", answer.problem()["detail"])
        return answer

    def test_a_token_of_the_authority_opens_the_service_and_one_without_does_not(self):
        missing = self.refused(self.ask(), "token-missing", 401)
        self.assertEqual('Bearer realm="nudm-sdm", scope="nudm-sdm"', missing.headers["www-authenticate"])
        granted = self.fetch()
        self.assertEqual(200, granted.status, granted.body)
        self.assertEqual("no-store", granted.headers["cache-control"])
        body = json.loads(granted.body)
        self.assertEqual(("Bearer", 60, "nudm-sdm"), (body["token_type"], body["expires_in"], body["scope"]))
        for _ in range(2):
            self.assertNotIn(self.ask(body["access_token"]).status, (0, 401, 403))
        record = self.lab.decisions()[-1]
        self.assertNotIn(body["access_token"].split(".")[2], json.dumps(self.lab.records()))
        self.assertEqual("permit", record["decision"])

    def test_another_library_accepts_our_tokens_and_refuses_changed_ones(self):
        token = json.loads(self.fetch().body)["access_token"]
        served = json.loads(self.lab.ask("AMF", "NRF", "/oauth2/jwks").body)
        self.assertEqual(served, json.loads((self.lab.folder / "token-jwks.json").read_text()))
        keys = {key["kid"]: jwt.PyJWK(key) for key in served["keys"]}
        key = keys[jwt.get_unverified_header(token)["kid"]].key
        claims = jwt.decode(token, key, algorithms=["ES256"], audience="UDM", issuer=self.inventory["NRF"])
        self.assertEqual(self.inventory["AMF"], claims["sub"])
        certificate = x509.load_pem_x509_certificate((self.lab.folder / "pki" / "amf.pem").read_bytes())
        from cryptography.hazmat.primitives.serialization import Encoding
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()).rstrip(b"=").decode()
        self.assertEqual({"x5t#S256": thumbprint}, claims["cnf"])
        head, body, signature = token.split(".")
        forged = ".".join([head, jwt.utils.base64url_encode(json.dumps({**claims, "scope": "nudm-uecm"}).encode()).decode(), signature])
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(forged, key, algorithms=["ES256"], audience="UDM")
        self.refused(self.ask(forged), "token-signature", 401)

    def test_the_sub_cases_of_the_scas_with_tokens_of_another_library(self):
        """TS 33.117 4.2.2.2.3.1, TS 33.501 13.4.1.1.2 step 2."""
        self.assertNotIn(self.ask(self.sign(self.claims())).status, (0, 401, 403))
        stranger = ec.generate_private_key(ec.SECP256R1())
        cases = [
            ("token-signature", 401, self.sign(self.claims(), key=stranger)),
            ("token-key-unknown", 401, self.sign(self.claims(), kid="f2")),
            ("token-signature", 401, self.sign(self.claims(), key="s" * 64, algorithm="HS256")),
            ("token-issuer", 401, self.sign(self.claims(iss="nobody"))),
            ("token-subject", 401, self.sign(self.claims(sub=self.inventory["SMF"]))),
            ("token-audience", 401, self.sign(self.claims(aud="AUSF"))),
            ("token-audience", 401, self.sign(self.claims(aud=[self.inventory["NRF"]]))),
            ("token-scope", 403, self.sign(self.claims(scope="nudm-uecm"))),
            ("token-scope", 403, self.sign(self.claims(scope="nudm-sdm nudm-sdm:nssai:read"))),
            ("token-time", 401, self.sign(self.claims(exp=now() - 60))),
            ("token-time", 401, self.sign(self.claims(iat=now() + 600))),
            ("token-slice", 401, self.sign(self.claims(producerSnssaiList=[{"sst": 7}]))),
            ("token-slice", 401, self.sign(self.claims(producerNsiList=["other"]))),
            ("token-set", 401, self.sign(self.claims(producerNfSetId="other"))),
            ("token-plmn", 401, self.sign(self.claims(producerPlmnId={"mcc": "001", "mnc": "01"}))),
            ("token-binding", 401, self.sign(self.claims(cnf={"x5t#S256": "A" * 43}))),
            ("token-malformed", 401, "abc"),
        ]
        for rule, status, token in cases:
            with self.subTest(rule=rule):
                answer = self.refused(self.ask(token), rule, status)
                self.assertIn("insufficient_scope" if status == 403 else "invalid_token", answer.headers["www-authenticate"])
        unsigned = jwt.encode(self.claims(), None, algorithm="none", headers={"kid": "f1"})
        self.refused(self.ask(unsigned), "token-malformed", 401)

    def test_a_stolen_token_is_worth_nothing(self):
        token = json.loads(self.fetch().body)["access_token"]
        self.refused(self.ask(token, caller="SMF"), "token-subject", 401)

    def test_an_assertion_is_verified_and_must_fit_the_token(self):
        pki = self.lab.folder / "pki"

        def assertion(of="amf", to="UDM"):
            return cordon("token", "assert", "--certificate", pki / f"{of}.pem", "--key", pki / f"{of}.key", "--to", to, check=0).stdout.strip()

        def ask(text):
            return self.ask(self.sign(self.claims()), headers=[f"3gpp-Sbi-Client-Credentials: {text}"])

        self.assertNotIn(ask(assertion()).status, (0, 401, 403))
        for text, rule in [(assertion(to="AUSF"), "assertion-audience"), (assertion(of="smf"), "assertion-subject"), ("abc", "assertion-malformed")]:
            with self.subTest(rule=rule):
                self.assertEqual("CCA_VERIFICATION_FAILURE", self.refused(ask(text), rule, 403).problem()["cause"])

    def test_the_authority_refuses_as_the_standard_says(self):
        """TS 29.510 6.3.5.2.4, RFC 6749 5.2."""
        cases = [("invalid_client", self.fetch(nfInstanceId=self.inventory["SMF"])), ("invalid_client", self.fetch(nfType="SMF")),
                 ("unsupported_grant_type", self.fetch(grant_type="password")), ("invalid_scope", self.fetch(scope="nudm-nothing")),
                 ("invalid_request", self.fetch(target="XYZ")), ("unauthorized_client", self.fetch(scope="nudr-dr", target="UDR"))]
        for error, answer in cases:
            with self.subTest(error=error):
                self.assertEqual(400, answer.status, answer.body)
                self.assertEqual(error, json.loads(answer.body)["error"])
        self.assertEqual(("refuse", "token-scopes-of-role"), (self.lab.decisions()[-1]["decision"], self.lab.decisions()[-1]["rule"]))

    def test_keys_rotate_without_a_restart(self):
        before = json.loads(self.fetch().body)["access_token"]
        cordon("token", "keys", "rotate", "--key", self.keys, check=0)
        kid = jwt.get_unverified_header(before)["kid"]
        wait_until(lambda: jwt.get_unverified_header(json.loads(self.fetch().body)["access_token"])["kid"] != kid, "the new key signs")
        self.assertNotIn(self.ask(before).status, (0, 401, 403), "the last key still verifies")
        new = ec.generate_private_key(ec.SECP256R1())
        old = self.sign(self.claims())
        self.assertNotIn(self.ask(old).status, (0, 401, 403))
        type(self).foreign = new
        self.write_jwks("f1", new)
        wait_until(lambda: self.ask(old).status == 401, "a known token does not outlive its key")
        self.assertNotIn(self.ask(self.sign(self.claims())).status, (0, 401, 403))

    def test_verify_shows_every_check(self):
        config = ["--config", self.lab.config]
        token = cordon("token", "issue", "--for", "amf1", "--to", "UDM", "--scope", "nudm-sdm", *config, check=0).stdout
        file = self.lab.folder / "token.jwt"
        file.write_text(token)
        good = json.loads(cordon("token", "verify", file, "--from", "amf1", "--at", "udm1", "--operation", "nudm-sdm:GetAmData", "--json",
                                 *config, check=0).stdout)
        self.assertEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [line["check"] for line in good["checks"]])
        wrong = json.loads(cordon("token", "verify", file, "--from", "smf1", "--at", "ausf1", "--json", *config, check=1).stdout)
        faults = {line["name"]: line["outcome"] for line in wrong["checks"] if "why" in line}
        self.assertEqual({"subject": "token-subject", "audience": "token-audience", "scope": "not checked"}, faults)
        self.assertFalse(json.loads(cordon("token", "show", file, "--json", check=0).stdout)["verified"])
        self.assertIn("did you mean 'amf1'", cordon("token", "verify", file, "--from", "amf2", "--at", "udm1", *config, check=2).stderr)

    def test_z_attach_serves_nfs_that_cannot_ask_for_tokens(self):
        """Last: it changes the configuration."""
        self.configure("attach", "  require_binding: true\n")
        self.assertNotIn(self.ask().status, (0, 401, 403))
        self.refused(self.ask(self.sign(self.claims())), "token-binding", 401)
        self.keys.chmod(0o644)
        try:
            refused = subprocess.run([cordon.__globals__["BIN"] / "cordon-proxy", "--config", self.lab.config], capture_output=True, text=True, timeout=30)
            self.assertEqual(64, refused.returncode)
            self.assertIn("chmod 600", refused.stderr)
        finally:
            self.keys.chmod(0o600)


if __name__ == "__main__":
    unittest.main()
