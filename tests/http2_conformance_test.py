"""RFC 9113 and RFC 7541 against a running Cordon, with mutual TLS and in cleartext: every row of http2_rows.py."""

import contextlib
import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

from harness import BIN, LabTest
from http2_rows import ACK, DATA, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, frame, rows

MARK = b"the end."


class Connection:
    """An HTTP/2 connection that sends what it is told and says what it hears."""

    def __init__(self, stream):
        self.stream = stream
        self.stream.settimeout(10)
        self.buffer = b""
        self.ended = False

    def send(self, data):
        with contextlib.suppress(OSError):  # the peer may have had enough of it already
            self.stream.sendall(data)

    def frames(self):
        """Frames as they come, until the connection ends."""
        while not self.ended:
            while len(self.buffer) >= 9:
                size = int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) < 9 + size:
                    break
                kind, flags, number = struct.unpack(">BBI", self.buffer[3:9])
                payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
                yield kind, flags, number, payload
            try:
                more = self.stream.recv(65536)
            except ConnectionError:
                more = b""
            except TimeoutError:
                return
            self.ended = not more
            self.buffer += more


def word(kind, flags, stream, payload):
    """What a frame says, in the words of the table; None: nothing the table speaks of."""
    if kind == GOAWAY:
        return f"goaway {int.from_bytes(payload[4:8], 'big')}"
    if kind == RST_STREAM:
        code = int.from_bytes(payload, "big")
        return f"reset {stream} {code}" if code else None  # NO_ERROR follows an early answer (RFC 9113 8.1)
    if kind == HEADERS:
        return f"answered {stream}"
    if kind == PING and flags & ACK:
        return "alive" if payload == MARK else None
    return None


def reaction(connection, expected):
    """The first word that is expected, or what was said in its place."""
    heard = []
    settings = 0
    for kind, flags, stream, payload in connection.frames():
        if kind == SETTINGS and flags & ACK:
            settings += 1
            if settings == 2 and "ack" in expected:
                return "ack", heard
            continue
        said = word(kind, flags, stream, payload)
        if said is None:
            continue
        heard.append(said)
        if said in expected and not (said == "alive" and len(heard) > 1):
            return said, heard
    return ("ended" if connection.ended else "silence"), heard


class Conformance:
    """Tests for any road to the same producer."""

    def run_row(self, connection, clause, what, sent, expected):
        raw = what.startswith("RAW ")
        greeting = b"" if raw else PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0)
        connection.send(greeting + sent + (b"" if raw else frame(PING, 0, 0, MARK)))
        wanted = [each.strip() for each in expected.split("|")]
        got, heard = reaction(connection, wanted)
        self.assertIn(got, wanted, f"RFC {clause}: {what}: heard {heard}")
        if got.startswith("goaway"):
            # RFC 9113 5.4.1: "an endpoint ... MUST close the TCP connection" after a connection error.
            for _ in connection.frames():
                pass
            self.assertTrue(connection.ended, f"RFC {clause}: {what}: the connection stayed open")

    def test_every_row_of_the_table(self):
        table = rows(self.authority(), scheme=self.scheme)
        self.assertGreaterEqual(len(table), 80)
        for row in table:
            # One after the other: an NF may have 64 connections.
            with self.subTest(clause=row[0], what=row[1]), contextlib.closing(self.connect().stream) as stream:
                self.run_row(Connection(stream), *row)

    def test_the_server_greets_with_its_settings(self):
        connection = self.connect()
        connection.send(PREFACE + frame(SETTINGS, 0, 0))
        kind, flags, stream, _ = next(connection.frames())  # RFC 9113 3.4: "MUST be the first frame"
        self.assertEqual((SETTINGS, 0, 0), (kind, flags, stream))
        connection.stream.close()

    def test_a_body_waits_for_its_window(self):
        # RFC 9113 6.9: nothing flow-controlled beyond the window; 6.9.2: the initial window is what our SETTINGS say.
        connection = self.connect()
        get = next(row[2] for row in rows(self.authority(), scheme=self.scheme) if row[1] == "te of trailers")
        connection.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 3)) + frame(SETTINGS, ACK, 0) + get)
        sizes = []
        for kind, flags, stream, payload in connection.frames():
            if kind == DATA:
                sizes.append(len(payload))
                if flags & 1:
                    break
                connection.send(frame(8, 0, 1, struct.pack(">I", 100_000)))
        self.assertEqual(3, sizes[0])
        connection.stream.close()

    def test_a_connection_without_a_word_or_with_half_a_frame_is_closed(self):
        # RFC 9113 10.5 and 3.4: the deadline for the peer's SETTINGS is ten seconds.
        begun = time.monotonic()
        half = self.connect()
        half.send(PREFACE + b"\0\0")
        silent = self.connect()
        for connection in (half, silent):
            self.addCleanup(connection.stream.close)
            connection.stream.settimeout(30)
            for _ in connection.frames():
                pass
            self.assertTrue(connection.ended)
        self.assertLess(time.monotonic() - begun, 30)


class OverTls(Conformance, LabTest):
    scheme = "https"

    def authority(self):
        return self.lab.address("NRF")

    def connect(self):
        pki = self.lab.folder / "pki"
        context = ssl.create_default_context(cafile=pki / "pep-ca.pem")
        context.load_cert_chain(pki / "amf.pem", pki / "amf.key")
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        host, port = self.authority().rsplit(":", 1)
        stream = context.wrap_socket(socket.create_connection((host, int(port)), 10))
        self.assertEqual("h2", stream.selected_alpn_protocol())
        return Connection(stream)


class InCleartext(Conformance, unittest.TestCase):
    """h2c, as laboratories use it. No producer answers: a 502 is an answer too."""

    scheme = "http"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        folder = pathlib.Path(cls.folder.name)
        with socket.create_server(("127.0.0.1", 0)) as free:
            cls.port = free.getsockname()[1]
        (folder / "policy.cedar").write_text("permit (principal, action, resource);")
        (folder / "inventory.yaml").write_text(
            "nfs:\n"
            "  - {instance: f97352f8-e555-41f1-9f59-65bd764bf60d, type: NRF, name: nrf1, dns: [nrf1.test],"
            f" listen: \"127.0.0.1:{cls.port}\", upstream: \"127.0.0.1:1\"}}\n")
        (folder / "cordon.yaml").write_text("policy: policy.cedar\ninventory: inventory.yaml\nlab_cleartext: true\n")
        cls.log = open(folder / "up.log", "wb")
        cls.addClassCleanup(cls.log.close)
        cls.process = subprocess.Popen([BIN / "cordon", "up", "--json", "--config", folder / "cordon.yaml"],
                                       stdout=subprocess.PIPE, stderr=cls.log, text=True)
        cls.addClassCleanup(cls.stop)
        if not cls.process.stdout.readline():
            raise AssertionError("Cordon did not start:\n" + (folder / "up.log").read_text())

    @classmethod
    def stop(cls):
        cls.process.terminate()
        cls.process.wait(30)
        cls.process.stdout.close()

    def authority(self):
        return f"127.0.0.1:{self.port}"

    def connect(self):
        return Connection(socket.create_connection(("127.0.0.1", self.port), 10))


if __name__ == "__main__":
    unittest.main()
