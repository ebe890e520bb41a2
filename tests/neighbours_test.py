"""Neighbours that ask Cordon before they pass something on: a real NGINX (auth_request) and a real gRPC client in the part of Envoy (ext_authz)."""

import contextlib
import grp
import http.server
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import grpc

from harness import BIN, Answer, LabTest, cordon, wait_until

NRF_NAME = "nrf.5gc.mnc070.mcc999.3gppnetwork.org"
AMF_NAME = "amf.5gc.mnc070.mcc999.3gppnetwork.org"
SMF_INSTANCE = "f99d8d52-e555-41f1-96e6-f1f25862e2ba"
INSTANCES = "/nnrf-nfm/v1/nf-instances"
NGINX = "127.0.3.10:7777"
LENIENT = "127.0.3.10:7778"  # takes any certificate, as one that leaves the checking to Cordon
ENVOY_TLS = "127.0.3.12:9191"
METRICS = "127.0.3.12:9092"

NGINX_CONF = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx.log info;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream cordon {{ server unix:{socket}; keepalive 16; }}
  {servers}
}}
"""

# What docs/guides/nginx.md shows: keep the two alike.
SERVER = """
  server {{
    listen {listen} ssl;
    http2 on;
    ssl_certificate     {pki}/nrf.pem;
    ssl_certificate_key {pki}/nrf.key;
    ssl_client_certificate {pki}/operator-ca.pem;
    ssl_verify_client {verify};

    location / {{
      auth_request /cordon;
      auth_request_set $cordon_record  $upstream_http_x_cordon_record;
      auth_request_set $cordon_problem $upstream_http_x_cordon_problem;
      error_page 403 = @refused;
      proxy_set_header X-Cordon-Record $cordon_record;
      proxy_pass http://127.0.3.11:8080;
    }}
    location = /cordon {{
      internal;
      proxy_pass http://cordon/auth/nrf1;
      proxy_pass_request_body off;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Original-URI    $request_uri;
      proxy_set_header X-Original-Host   $host;
      proxy_set_header X-Client-Cert     $ssl_client_escaped_cert;
      proxy_set_header X-Client-Address  $remote_addr:$remote_port;
    }}
    location @refused {{
      internal;
      default_type application/problem+json;
      return 403 $cordon_problem;
    }}
  }}
"""


class Producer(http.server.ThreadingHTTPServer):
    """The NF behind NGINX: says 200 and remembers what came."""

    def __init__(self):
        self.came = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.came.append((self.command, self.path, dict(self.headers.items())))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"the producer")

            do_PUT = do_DELETE = do_GET

            def log_message(self, *words):
                pass

        super().__init__(("127.0.3.11", 8080), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def part(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(message):
    """{number: [values]} of a protocol buffer, one level deep."""
    out, at = {}, 0

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = read()
        value = read()
        if tag & 7 == 2:
            value, at = message[at:at + value], at + value
        out.setdefault(tag >> 3, []).append(value)
    return out


def check_request(pem, method="GET", path=INSTANCES, host=NRF_NAME, body=b"", headers=(), extension=None):
    entry = lambda number, key, value: part(number, part(1, key.encode()) + part(2, value.encode()))
    address = part(1, part(1, part(2, b"10.9.8.7") + varint(3 << 3) + varint(40001)))
    source = part(1, address + part(4, b"urn:uuid:" + SMF_INSTANCE.encode()) + part(5, urllib.parse.quote(pem).encode()))
    http_request = part(2, method.encode()) + b"".join(entry(3, *header) for header in headers) + part(4, path.encode())
    http_request += part(5, host.encode()) + part(6, b"https") + part(12, body)
    extensions = entry(10, "cordon-producer", extension) if extension else b""
    return part(1, source + part(4, part(2, http_request)) + extensions)


class NeighboursTest(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="cordon-neighbours-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755)
        cls.root = os.geteuid() == 0
        # NGINX's workers are another user, who may ask because its group may.
        cls.group = "www-data" if cls.root else ""
        cls.sockets = cls.folder
        pki = cls.lab.folder / "pki"
        lines = cls.lab.config.read_text() + f"""
neighbours:
  envoy: {{socket: {cls.sockets}/envoy.sock}}
  nginx: {{socket: {cls.sockets}/nginx/auth.sock, group: "{cls.group}"}}
  metrics: {METRICS}
"""
        cls.config = cls.lab.folder / "authz.yaml"
        cls.config.write_text(lines)
        cls.network_config = cls.lab.folder / "authz-tls.yaml"
        cls.network_config.write_text(cls.lab.config.read_text() + f"""
neighbours:
  envoy: {{listen: "{ENVOY_TLS}", certificate: {pki}/nrf.pem, key: {pki}/nrf.key, anchors: {pki}/operator-ca.pem, names: [{AMF_NAME}]}}
""")
        cls.producer = Producer()
        cls.addClassCleanup(cls.producer.server_close)
        cls.addClassCleanup(cls.producer.shutdown)
        cls.authz = cls.start_authz(cls.config)
        cls.start_nginx(pki)

    @classmethod
    def start_authz(cls, config):
        log = open(cls.folder / (config.stem + ".log"), "ab")
        process = subprocess.Popen([BIN / "cordon", "authz", "--config", config], stderr=log)
        cls.addClassCleanup(log.close)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        return process

    @classmethod
    def start_nginx(cls, pki):
        servers = SERVER.format(listen=NGINX, pki=pki, verify="on") + SERVER.format(listen=LENIENT, pki=pki, verify="optional_no_ca")
        user = "user www-data;" if cls.root else ""
        (cls.folder / "nginx.conf").write_text(
            NGINX_CONF.format(folder=cls.folder, user=user, socket=cls.sockets / "nginx" / "auth.sock", servers=servers))
        cls.nginx = subprocess.Popen(["nginx", "-c", cls.folder / "nginx.conf", "-e", cls.folder / "nginx.log"], stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.nginx.wait)
        cls.addClassCleanup(cls.nginx.terminate)
        try:
            wait_until(lambda: cls.ask().status == 200, "NGINX and Cordon let a request pass")
        except AssertionError as late:
            logs = "".join(file.read_text()[-2000:] for file in cls.folder.glob("*.log"))
            raise AssertionError(f"{late}\n{cls.ask().error}\n{logs}") from late

    @classmethod
    def ask(cls, caller="AMF", path=INSTANCES, method="GET", headers=(), at=NGINX, certificate=None):
        pki = cls.lab.folder / "pki"
        cert = certificate or (pki / f"{caller.lower()}.pem", pki / f"{caller.lower()}.key")
        words = ["curl", "--silent", "--show-error", "--http2", "--max-time", "10", "-i", "-X", method, "--path-as-is",
                 "--cacert", pki / "operator-ca.pem", "--resolve", f"{NRF_NAME}:{at.split(':')[1]}:{at.split(':')[0]}"]
        words += [] if certificate == () else ["--cert", cert[0], "--key", cert[1]]
        for header in headers:
            words += ["-H", header]
        words.append(f"https://{NRF_NAME}:{at.split(':')[1]}{path}")
        return Answer(subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=30))

    def record(self, number):
        return next(each for each in self.lab.records() if each["seq"] == int(number))

    def rule_of(self, answer, rule):
        self.assertEqual(403, answer.status, answer.error + answer.body)
        problem = answer.problem()
        self.assertIn(f"rule {rule}", problem["detail"])
        return problem

    # === NGINX

    def test_nginx_lets_pass_what_cordon_permits_and_the_producer_sees_the_record(self):
        before = len(self.producer.came)
        answer = self.ask()
        self.assertEqual((200, "the producer"), (answer.status, answer.body))
        method, path, headers = self.producer.came[before]
        self.assertEqual(("GET", INSTANCES), (method, path))
        record = self.record(headers["X-Cordon-Record"])
        self.assertEqual(("permit", "lab.authz", "AMF", "GET"), tuple(record[name] for name in ("decision", "proxy", "caller_type", "method")))
        self.assertEqual(0, self.lab.verify().returncode)

    def test_nginx_refuses_what_cordon_refuses_with_the_reason(self):
        before = len(self.producer.came)
        answer = self.ask(method="DELETE", path=f"{INSTANCES}/{SMF_INSTANCE}")
        self.assertEqual(403, answer.status)
        self.assertEqual("application/problem+json", answer.headers["content-type"])
        problem = answer.problem()
        number = problem["instance"].rsplit(":", 1)[1]
        self.assertEqual("refuse", self.record(number)["decision"])
        self.assertIn(f"evidence record {number}", problem["detail"])
        self.assertEqual(before, len(self.producer.came))

    def test_paths_reach_cordon_as_they_were_asked(self):
        self.rule_of(self.ask(path="/nnrf-nfm/v1/nf-instances/../../nnrf-disc/v1/nf-instances"), "malformed-path")
        self.rule_of(self.ask(path="/nnrf-nfm/v1/unknown"), "not-in-catalogue")
        self.rule_of(self.ask(path="/nudm-sdm/v2/imsi-999700000021309/am-data"), "service-not-here")

    def test_what_a_caller_writes_into_the_fields_of_nginx_does_not_count(self):
        pem = (self.lab.folder / "pki" / "smf.pem").read_text()
        before = len(self.producer.came)
        answer = self.ask(headers=[f"X-Client-Cert: {urllib.parse.quote(pem)}", "X-Original-URI: /other", "X-Original-Method: PUT",
                                   "X-Original-Host: other", "X-Cordon-Record: 1"])
        self.assertEqual(200, answer.status, answer.body)
        record = self.record(self.producer.came[before][2]["X-Cordon-Record"])
        self.assertEqual(("AMF", "GET"), (record["caller_type"], record["method"]))

    def test_certificates_are_verified_again(self):
        self.assertEqual(200, self.ask(at=LENIENT).status)
        self.rule_of(self.ask(at=LENIENT, certificate=()), "identity-no-certificate")
        key, certificate = self.folder / "foreign.key", self.folder / "foreign.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                        certificate, "-days", "1", "-subj", "/CN=amf", "-addext",
                        f"subjectAltName=URI:urn:uuid:f990ed9a-e555-41f1-9dea-7f66d0edecbf,DNS:{AMF_NAME}"], check=True, capture_output=True)
        self.rule_of(self.ask(at=LENIENT, certificate=(certificate, key)), "identity-untrusted")

    def test_a_quarantine_reaches_the_neighbours(self):
        words = ["nf", "amf1", "--reason", "test", "--config", self.lab.config]
        cordon("quarantine", "add", *words, check=0)
        try:
            wait_until(lambda: self.ask().status == 403, "the quarantine is felt")
            self.rule_of(self.ask(), "quarantined")
        finally:
            cordon("quarantine", "lift", *words, check=0)
        wait_until(lambda: self.ask().status == 200, "it is lifted")

    def test_without_cordon_nothing_passes(self):
        before = len(self.producer.came)
        os.kill(self.authz.pid, signal.SIGSTOP)
        try:
            self.assertEqual(0, self.ask().status, "no answer in time")
        finally:
            os.kill(self.authz.pid, signal.SIGCONT)
        type(self).authz.kill()
        self.authz.wait()
        self.assertEqual(500, self.ask().status)
        self.assertEqual(before, len(self.producer.came))
        type(self).authz = self.start_authz(self.config)
        wait_until(lambda: self.ask().status == 200, "Cordon answers again")

    def test_the_sockets_are_for_those_who_may_ask(self):
        envoy, nginx = (self.sockets / "envoy.sock").stat(), (self.sockets / "nginx" / "auth.sock").stat()
        self.assertEqual(0o600, stat.S_IMODE(envoy.st_mode))
        self.assertEqual(0o660 if self.group else 0o600, stat.S_IMODE(nginx.st_mode))
        if self.group:
            self.assertEqual(grp.getgrnam(self.group).gr_gid, nginx.st_gid)

    # === Envoy's part

    def check(self, message, target=None, credentials=None, options=()):
        target = target or f"unix:{self.sockets}/envoy.sock"
        channel = grpc.secure_channel(target, credentials, options) if credentials else grpc.insecure_channel(target)
        with channel:
            call = channel.unary_unary("/envoy.service.auth.v3.Authorization/Check")
            return fields(call(message, timeout=10))

    def pem(self, name):
        return (self.lab.folder / "pki" / f"{name.lower()}.pem").read_text()

    def headers_of(self, response):
        out = {}
        for option in response.get(2, []):
            header = fields(fields(option)[1][0])
            out[header[1][0].decode()] = header[2][0].decode()
        return out

    def test_a_grpc_client_hears_a_permit_with_its_record(self):
        got = self.check(check_request(self.pem("AMF")))
        self.assertEqual([b""], got[1], "google.rpc.Status OK")
        self.assertNotIn(2, got)
        headers = self.headers_of(fields(got[3][0]))
        record = self.record(headers["x-cordon-record"])
        self.assertEqual(("permit", "10.9.8.7:40001"), (record["decision"], record["peer"]))
        self.assertEqual(headers["x-cordon-rule"], record["rule"])
        self.assertEqual("AMF", record["caller_type"], "the certificate counts, not the principal")

    def test_a_grpc_client_hears_a_refusal_as_the_caller_shall_see_it(self):
        got = self.check(check_request(self.pem("AMF"), method="DELETE", path=f"{INSTANCES}/{SMF_INSTANCE}"))
        self.assertEqual([7], fields(got[1][0])[1], "PERMISSION_DENIED")
        denied = fields(got[2][0])
        self.assertEqual([403], fields(denied[1][0])[1])
        self.assertEqual("application/problem+json", self.headers_of(denied)["content-type"])
        self.assertIn("evidence record", json.loads(denied[3][0])["detail"])

    def test_bodies_are_inspected_and_missing_ones_noticed(self):
        status = lambda got: fields(fields(got[2][0])[1][0])[1][0]
        path = f"{INSTANCES}/f990ed9a-e555-41f1-9dea-7f66d0edecbf"
        json_body = [("content-type", "application/json")]
        broken = self.check(check_request(self.pem("AMF"), method="PUT", path=path, body=b"{", headers=json_body))
        self.assertEqual(400, status(broken))
        hidden = self.check(check_request(self.pem("AMF"), headers=[("content-length", "12")]))
        self.assertEqual(413, status(hidden))

    def test_the_producer_may_be_named_by_envoys_configuration(self):
        unknown = self.check(check_request(self.pem("AMF"), host="10.0.0.1:80"))
        self.assertEqual([404], fields(fields(unknown[2][0])[1][0])[1])
        named = self.check(check_request(self.pem("AMF"), host="10.0.0.1:80", extension="nrf1"))
        self.assertIn(3, named)

    def test_what_cannot_be_read_is_refused_and_other_methods_are_unknown(self):
        self.assertIn(2, self.check(b"\xff\xff\xff"))
        with grpc.insecure_channel(f"unix:{self.sockets}/envoy.sock") as channel, self.assertRaises(grpc.RpcError) as caught:
            channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=10)
        self.assertEqual(grpc.StatusCode.UNIMPLEMENTED, caught.exception.code())

    def test_over_the_network_a_certificate_says_who_may_ask(self):
        self.start_authz(self.network_config)
        anchors = self.pem("operator-ca").encode()

        def ask(name):
            key = (self.lab.folder / "pki" / f"{name}.key").read_bytes()
            credentials = grpc.ssl_channel_credentials(anchors, key, self.pem(name).encode())
            return self.check(check_request(self.pem("SMF")), ENVOY_TLS, credentials, [("grpc.ssl_target_name_override", NRF_NAME)])

        def answered():
            with contextlib.suppress(grpc.RpcError):
                return 3 in ask("amf")

        wait_until(answered, "the named one is answered")
        with self.assertRaises(grpc.RpcError):
            ask("smf")

    def test_promtool_finds_nothing_wrong_with_the_metrics(self):
        page = subprocess.run(["curl", "--silent", "--fail", f"http://{METRICS}/metrics"], capture_output=True, check=True).stdout
        self.assertIn(b'cordon_advice_total{outcome="permitted"}', page)
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
        self.assertEqual((0, b""), (checked.returncode, checked.stdout + checked.stderr))


class ConfigurationTest(unittest.TestCase):
    def test_without_neighbours_it_says_what_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            cordon("init", folder, check=0)
            done = cordon("authz", "--config", pathlib.Path(folder) / "cordon.yaml")
            self.assertNotEqual(0, done.returncode)
            self.assertIn("name envoy or nginx under neighbours:", done.stderr)


if __name__ == "__main__":
    unittest.main()
