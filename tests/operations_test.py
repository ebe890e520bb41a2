"""What an operator does with a running enforcement point (docs/guides/operations.md): status, drain, reload, upgrade; what it has given up."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import ssl
import struct
import threading
import unittest

from harness import LabTest, alive, cordon, wait_until
from http2_rows import ACK, DATA, EH, ES, GOAWAY, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame, literal

WINDOW_UPDATE = 8
OK = b"\x88"  # RFC 7541: ":status 200" by its index
PATH = "/nnrf-nfm/v1/nf-instances"


class Client:
    """One NF that asks without pause over one connection at a time, and honours GOAWAY: it goes on over a new one,
    and repeats what the old one certainly did not process (RFC 9113 6.8)."""

    def __init__(self, lab, caller="amf"):
        self.lab, self.caller, self.stream, self.answers = lab, caller, None, []
        self.ending, self.enough, self.error, self.connections = False, threading.Event(), None, 0
        self.thread = threading.Thread(target=self.run)

    def connect(self):
        pki = self.lab.folder / "pki"
        context = ssl.create_default_context(cafile=pki / "pep-ca.pem")
        context.load_cert_chain(pki / f"{self.caller}.pem", pki / f"{self.caller}.key")
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        host, port = self.lab.address("NRF").rsplit(":", 1)
        self.stream = context.wrap_socket(socket.create_connection((host, int(port)), 10))
        self.stream.settimeout(10)
        self.stream.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))
        self.next, self.buffer, self.ending, self.connections = 1, b"", False, self.connections + 1

    def frames(self):
        while True:
            while len(self.buffer) >= 9 and len(self.buffer) >= 9 + int.from_bytes(self.buffer[:3], "big"):
                size = int.from_bytes(self.buffer[:3], "big")
                kind, flags, number = struct.unpack(">BBI", self.buffer[3:9])
                payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
                yield kind, flags, number, payload
            more = self.stream.recv(65536)
            if not more:
                raise ConnectionError("the connection ended under an open request")
            self.buffer += more

    def ask(self):
        """True when answered, False when certainly not processed."""
        number, self.next = self.next, self.next + 2
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", self.lab.address("NRF")), (":path", PATH)]
        self.stream.sendall(frame(HEADERS, EH | ES, number, b"".join(literal(*field) for field in fields)))
        for kind, flags, stream, payload in self.frames():
            if kind == GOAWAY:
                self.ending = True
                if int.from_bytes(payload[:4], "big") < number:
                    return False
            elif kind == RST_STREAM and stream == number:
                raise ConnectionError("the request was reset")
            elif kind == HEADERS and stream == number:
                self.answers.append(payload[:1])
            if kind == DATA and payload:
                self.stream.sendall(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", len(payload))))
            if kind in (HEADERS, DATA) and stream == number and flags & ES:
                return True
        return False

    def run(self):
        try:
            while not self.enough.is_set():
                self.connect()
                while not self.ending and not self.enough.is_set():
                    try:
                        self.ask()
                    except OSError as error:
                        if not self.idle_end(error):
                            raise
                        break
                self.stream.close()
        except Exception as error:  # told by the test
            self.error = error

    def idle_end(self, error):
        """A GOAWAY and the end may have come between two requests: then nothing was lost."""
        return self.ending or isinstance(error, (BrokenPipeError, ssl.SSLEOFError))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.enough.set()
        self.thread.join(30)


class OperationsTest(LabTest):
    def proxy(self, word, check=0, **more):
        done = cordon("proxy", word, "--config", self.lab.config, "--json", check=check, **more)
        return json.loads(done.stdout)

    def edit(self, old, new):
        text = self.lab.config.read_text()
        self.assertIn(old, text)
        self.lab.config.write_text(text.replace(old, new, 1))
        self.addCleanup(self.lab.config.write_text, text)

    def test_status_says_what_runs(self):
        self.lab.wait_serving()
        status = self.proxy("status")
        self.assertEqual(status["pid"], self.lab.pid("proxy"))
        self.assertEqual(status["state"], "serving")
        self.assertIn(self.lab.address("NRF"), status["listening"])
        self.assertGreaterEqual(status["requests"]["permitted"], 1)
        self.assertEqual(status["evidence"]["log_writer"], "reached")
        self.assertGreater(status["snapshot"]["seconds_left"], 60)
        self.assertIn("own system calls", status["confined"])
        words = cordon("proxy", "status", "--config", self.lab.config, check=0).stdout
        self.assertIn("log writer reached", words)
        with Client(self.lab) as client:
            wait_until(lambda: client.answers, "an answer")
            [row] = [each for each in self.proxy("connections")["connections"] if each["requests"] > 0]
            self.assertEqual((row["tls"], row["listener"]), ("TLSv1.3", self.lab.address("NRF")))
            self.assertIn("REQUESTS", cordon("proxy", "connections", "--config", self.lab.config, check=0).stdout)

    def test_the_process_has_given_up_what_it_does_not_need(self):
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{self.lab.pid('proxy')}/status").read_text().splitlines())
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        self.assertEqual(int(status["CapEff"], 16) & ~(1 << 10), 0)  # nothing but low ports
        for other in ("engine", "evidence"):
            self.assertIn("NoNewPrivs:\t1", pathlib.Path(f"/proc/{self.lab.pid(other)}/status").read_text())

    def test_an_upgrade_under_load_fails_no_request(self):
        self.lab.wait_serving()
        with Client(self.lab, "amf") as one, Client(self.lab, "smf") as two:
            for _ in range(3):
                wait_until(lambda: one.answers and two.answers, "load")
                old = self.lab.pid("proxy")
                seen = one.connections, two.connections
                self.assertIn("upgraded", self.proxy("upgrade")["done"])
                wait_until(lambda: not alive(old), "the old one has gone")
                self.assertNotEqual(self.proxy("status")["pid"], old)
                wait_until(lambda: (one.connections > seen[0] and two.connections > seen[1]) or one.error or two.error, "new connections")
        for client in (one, two):
            self.assertIsNone(client.error, repr(client.error))
        self.assertEqual(set(one.answers), {OK})
        self.assertEqual(self.lab.verify().returncode, 0)

    def test_sigusr2_and_a_crash_afterwards(self):
        self.lab.wait_serving()
        up = int(pathlib.Path(f"/proc/{self.lab.pid('proxy')}/stat").read_text().split(") ")[1].split()[1])
        old = self.lab.pid("proxy")
        os.kill(up, signal.SIGUSR2)
        wait_until(lambda: not alive(old), "the old one has gone")
        self.lab.wait_serving()
        self.lab.kill("proxy")
        self.lab.wait_serving()
        wait_until(lambda: cordon("proxy", "status", "--config", self.lab.config).returncode == 0, "orders are taken again")

    def test_an_upgrade_to_something_that_does_not_start_leaves_the_old_one(self):
        self.lab.wait_serving()
        old = self.lab.pid("proxy")
        self.edit("inventory:", "drain_seconds: soon\ninventory:")
        # The command reads the file too, so the process is asked in its place.
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as up:
            up.settimeout(60)
            up.connect(str(self.lab.folder / "state" / "run" / "up.sock"))
            up.sendall(b"upgrade\n")
            self.assertIn("the old one stays", up.recv(4096).decode())
        self.assertEqual(self.proxy_status()["pid"], old)

    def proxy_status(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as control:
            control.settimeout(20)
            control.connect(str(self.lab.folder / "state" / "run" / "proxy.sock"))
            control.sendall(b"status\n")
            return json.loads(control.makefile().readline())

    def test_drain_and_undrain(self):
        self.lab.wait_serving()
        with Client(self.lab) as client:
            wait_until(lambda: client.answers, "load")
            done = self.proxy("drain")
            self.assertEqual((done["done"], done["cut"]), ("drained", 0))
            self.assertEqual(self.proxy("status")["state"], "draining")
            self.assertEqual(self.lab.ask("AMF", "NRF", PATH).status, 0)
            client.enough.set()
        self.assertIsInstance(client.error, ConnectionRefusedError)  # it wanted to come back
        self.proxy("undrain")
        self.assertEqual(self.lab.ask("AMF", "NRF", PATH).status, 200)

    def test_a_reload_is_taken_wholly_or_not_at_all(self):
        self.lab.wait_serving()
        self.assertEqual(self.proxy("reload")["done"], "nothing has changed")
        self.edit("inventory:", "upstream_milliseconds: 900\ninventory:")
        self.assertEqual(self.proxy("reload")["done"], "changed: upstream_milliseconds")
        self.edit("inventory:", "snapshot_seconds: 77\ndrain_seconds: 5\ninventory:")
        refused = self.proxy("reload", check=1)["error"]
        self.assertIn("'snapshot_seconds' changed", refused)
        self.assertIn("nothing was changed", refused)
        self.edit("inventory:", "limitts: {}\ninventory:")
        self.assertIn("limitts", cordon("proxy", "reload", "--config", self.lab.config).stderr)
        os.kill(self.lab.pid("proxy"), signal.SIGHUP)
        wait_until(lambda: "refused as a whole" in (self.lab.folder / "cordon.log").read_text(), "the refusal is logged")
        self.assertEqual(self.lab.ask("AMF", "NRF", PATH).status, 200)

    def test_without_anybody_there_the_commands_say_so(self):
        folder = self.lab.folder / "other"
        folder.mkdir(exist_ok=True)
        (folder / "cordon.yaml").write_text("policy: p\ninventory: i\nlab_cleartext: true\n")
        done = cordon("proxy", "status", "--config", folder / "cordon.yaml", check=2)
        self.assertIn("start it with cordon up", done.stderr)
        done = cordon("proxy", "upgrade", "--config", folder / "cordon.yaml", check=1)
        self.assertIn("--take-over", done.stderr)

    def test_a_stop_lets_open_requests_finish(self):
        self.lab.wait_serving()
        old = self.lab.pid("proxy")
        with Client(self.lab) as client:
            wait_until(lambda: client.answers, "load")
            os.kill(old, signal.SIGTERM)
            wait_until(lambda: not alive(old), "it has gone")
        self.assertNotIsInstance(client.error, TimeoutError)
        self.lab.wait_serving()  # the supervisor starts it again


if __name__ == "__main__":
    unittest.main()
