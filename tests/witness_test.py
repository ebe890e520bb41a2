"""Witness, mirror, monitor and the file server as processes, spoken to by foreign tools: curl, Python's http.client, openssl."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import BIN, cordon, wait_until

ORIGIN = "log.example/a"
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")


def openssl(*words, data=None):
    return subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, check=True).stdout


class Ed25519:
    """A key of openssl's, so that signatures made and checked here are not our code's."""

    def __init__(self, folder, name, kind=1):
        self.name, self.kind, self.file = name, kind, folder / (hashlib.sha256(name.encode()).hexdigest()[:8] + f".{kind}.pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.file)
        self.public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def line(self, text):
        message = self.file.with_suffix(".message")
        message.write_text(text)
        signature = openssl("pkeyutl", "-sign", "-inkey", self.file, "-rawin", "-in", message)
        return f"\u2014 {self.name} {base64.b64encode(self.id + signature).decode()}\n"


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split_at(size):
    return 1 << (size - 1).bit_length() - 1


def root(leaves):
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split_at(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def consistency(m, leaves, complete=True):
    """RFC 6962 2.1.2."""
    if m == len(leaves):
        return [] if complete else [root(leaves)]
    k = split_at(len(leaves))
    if m <= k:
        return consistency(m, leaves[:k], complete) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


class Log:
    """A log written by this script: fewer than 256 entries, so that one partial tile and bundle are all of it."""

    def __init__(self, key, folder):
        self.key, self.folder, self.entries = key, folder, []

    def grow(self, *entries):
        self.entries += [entry.encode() for entry in entries]
        self.publish()

    def leaves(self, size=None):
        return [leaf(entry) for entry in self.entries[:size]]

    def note(self, size=None):
        leaves = self.leaves(size)
        text = f"{ORIGIN}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"
        return text + "\n" + self.key.line(text)

    def request(self, old, size=None):
        proof = consistency(old, self.leaves(size)) if old else []
        return f"old {old}\n" + "".join(base64.b64encode(each).decode() + "\n" for each in proof) + "\n" + self.note(size)

    def publish(self):
        tile = self.folder / "tile"
        shutil.rmtree(tile, ignore_errors=True)
        for name, content in [("0", b"".join(self.leaves())),
                              ("entries", b"".join(len(e).to_bytes(2, "big") + e for e in self.entries))]:
            (tile / name / "000.p").mkdir(parents=True)
            (tile / name / "000.p" / str(len(self.entries))).write_bytes(content)
        (self.folder / "checkpoint").write_text(self.note())


class Service:
    """A command that runs until SIGTERM; its ready line is one object."""

    def __init__(self, *words):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([BIN / "cordon", *map(str, words), "--json"], stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        self.ready = json.loads(line) if line else {}
        if not self.ready.get("ready"):
            self.process.wait(30)
            self.errors.seek(0)
            raise AssertionError(f"{words}: {line}{self.errors.read().decode()}")
        self.url = "http://" + self.ready["listening"]

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(30)
        self.process.stdout.close()
        self.errors.close()
        return status


def curl(*words, data=None):
    """Status, headers and body as curl sees them."""
    done = subprocess.run(["curl", "-sS", "-i", "--max-time", "20", *map(str, words)], input=data, capture_output=True)
    head, _, body = done.stdout.rpartition(b"\r\n\r\n") if not done.stdout.count(b"\r\n\r\n") else done.stdout.partition(b"\r\n\r\n")
    while b" 100 " in head.split(b"\r\n")[0]:
        head, _, body = body.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return int(lines[0].split()[1]) if lines[0] else 0, headers, body


class WitnessTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cordon-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.key = Ed25519(self.folder, ORIGIN)
        self.log = Log(self.key, self.folder / "log")
        self.log.grow(*[f"entry {i}" for i in range(10)])
        self.trust = self.folder / "trust"
        self.trust.write_text(f"log {self.key.vkey()}\nquorum none\n")

    def start(self, *words):
        service = Service("log", *words)
        self.addCleanup(self.quiet_stop, service)
        return service

    @staticmethod
    def quiet_stop(service):
        if service.process.poll() is None:
            service.stop()

    def witness(self, state="w1"):
        return self.start("witness", "--trust", self.trust, "--state", self.folder / state, "--name", f"witness.example/{state}",
                          "--listen", "127.0.0.1:0")

    def submit(self, witness, body):
        return curl("--data-binary", "@-", witness.url + "/add-checkpoint", data=body.encode())

    def check_cosignatures(self, witness, text, lines):
        """Both lines, verified with openssl alone (C2SP tlog-cosignature)."""
        kinds = set()
        for vkey in witness.ready["vkeys"]:
            name, key_id, material = vkey.split("+", 2)
            kind, public = base64.b64decode(material)[0], base64.b64decode(material)[1:]
            line, = [each for each in lines.split("\n") if each and base64.b64decode(each.split(" ")[2])[:4].hex() == key_id]
            blob = base64.b64decode(line.split(" ")[2])[4:]
            time, signature = blob[:8], blob[8:]
            self.assertEqual(hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).hexdigest()[:8], key_id)
            if kind == 4:
                spki = ED25519_SPKI + public
                message = f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n".encode() + text.encode()
            else:
                spki = bytes.fromhex("30820532300b06096086480165030403110382052100") + public
                origin, size, digest = text.split("\n")[:3]
                message = (b"subtree/v1\n\0" + bytes([len(name)]) + name.encode() + time + bytes([len(origin)]) + origin.encode() +
                           bytes(8) + int(size).to_bytes(8, "big") + base64.b64decode(digest))
            for file, content in [("key", spki), ("message", message), ("signature", signature)]:
                (self.folder / file).write_bytes(content)
            openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", self.folder / "key",
                    "-in", self.folder / "message", "-sigfile", self.folder / "signature")
            kinds.add(kind)
        self.assertEqual({4, 6}, kinds)

    def test_a_witness_speaks_the_standard_with_foreign_tools(self):
        witness = self.witness()
        status, headers, body = self.submit(witness, self.log.request(0, 4))
        self.assertEqual(200, status, body)
        self.check_cosignatures(witness, self.log.note(4).split("\n\n")[0] + "\n", body.decode())
        self.assertEqual(200, self.submit(witness, self.log.request(4, 7))[0])
        status, headers, body = self.submit(witness, self.log.request(0))
        self.assertEqual((409, "text/x.tlog.size", b"7\n"), (status, headers["content-type"], body))
        self.assertEqual(200, self.submit(witness, self.log.request(7))[0])
        path = f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
        status, headers, body = curl(witness.url + path)
        self.assertEqual((200, "text/plain; charset=utf-8"), (status, headers["content-type"]))
        self.assertTrue(body.decode().startswith(self.log.note().split("\u2014")[0]))
        self.assertEqual(4, body.decode().count("\n\u2014") + 1)
        self.assertEqual(404, curl(witness.url + "/x/checkpoint")[0])
        self.assertEqual(405, curl(witness.url + "/add-checkpoint")[0])
        self.assertEqual(200, curl("--head", witness.url + path)[0])

    def test_a_stolen_key_cannot_rewrite_history_not_even_after_kill_9(self):
        witness = self.witness()
        self.assertEqual(200, self.submit(witness, self.log.request(0, 8))[0])
        witness.stop(signal.SIGKILL)
        witness = self.witness()
        self.assertEqual(8, witness.ready["logs"][0]["size"])
        self.log.entries[3] = b"nothing happened"
        self.assertEqual(409, self.submit(witness, self.log.request(0))[0])
        self.assertEqual(422, self.submit(witness, self.log.request(8))[0])
        self.assertEqual(422, self.submit(witness, self.log.request(8, 8))[0])
        proof, = (self.folder / "w1").glob("*.equivocation")
        done = json.loads(cordon("log", "monitor", "--proof", proof, "--trust", self.trust, "--json", check=0).stdout)
        self.assertEqual(ORIGIN, done["origin"])

    def test_a_witness_that_lost_its_memory_does_not_start(self):
        self.witness().stop()
        (self.folder / "w1" / "origins").unlink()
        done = cordon("log", "witness", "--trust", self.trust, "--state", self.folder / "w1", "--listen", "127.0.0.1:0", check=2)
        self.assertIn("forgot", done.stderr)

    def test_garbage_slow_and_oversized_requests_harm_nobody(self):
        witness = self.witness()
        host, port = witness.ready["listening"].rsplit(":", 1)
        slow = socket.create_connection((host, int(port)))
        self.addCleanup(slow.close)
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nol")
        for garbage, expected in [(b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400"), (b"GET / HTTP/1.0\r\n\r\n", b"505"),
                                  (b"GET /" + b"x" * 20000, b"431"),
                                  (b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", b"413"),
                                  (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"411")]:
            with socket.create_connection((host, int(port))) as peer:
                with contextlib.suppress(OSError):
                    peer.sendall(garbage)
                self.assertEqual(expected, peer.recv(4096)[9:12])
        self.assertEqual(400, self.submit(witness, "hello")[0])
        self.assertEqual(413, self.submit(witness, "x" * 2_000_000)[0])  # curl asks with Expect: 100-continue first
        with contextlib.closing(http.client.HTTPConnection(host, int(port))) as kept:  # keep-alive
            for old, size in [(0, 3), (3, 9)]:
                kept.request("POST", "/add-checkpoint", self.log.request(old, size).encode())
                answer = kept.getresponse()
                self.assertEqual(200, answer.status)
                answer.read()
        self.assertEqual(0, witness.stop())

    def test_a_served_log_is_mirrored_and_the_mirror_served(self):
        public = self.folder / "public"
        shutil.copytree(self.log.folder, public)
        (self.folder / "secret").write_text("key")
        server = self.start("serve", "--evidence", self.folder, "--listen", "127.0.0.1:0")
        for path in ["/../secret", "/tile/../../secret", "/%2e%2e/secret"]:
            self.assertEqual(404, curl("--path-as-is", server.url + path)[0])
        mirror = self.folder / "mirror"
        words = ["log", "mirror", "--of", server.url, "--trust", self.trust, "--folder", mirror, "--once", "--json",
                 "--keys", self.folder / "mirror-keys", "--name", "mirror.example/m1"]
        self.assertEqual({"from": 0, "size": 10, "behind": False}, json.loads(cordon(*words, check=0).stdout))
        self.assertEqual((public / "tile/entries/000.p/10").read_bytes(), (mirror / "public/tile/entries/000.p/10").read_bytes())
        self.assertIn("mirror.example/m1", (mirror / "public/checkpoint").read_text())
        again = self.start("serve", "--evidence", mirror, "--listen", "127.0.0.1:0")
        status, headers, body = curl(again.url + "/tile/0/000.p/10")
        self.assertEqual((200, "application/octet-stream", b"".join(self.log.leaves())), (status, headers["content-type"], body))
        # The log is rewritten with its key: the mirror keeps what it has, and has the proof.
        self.log.entries[3] = b"nothing happened"
        self.log.grow("entry 10")
        shutil.rmtree(public)
        shutil.copytree(self.log.folder, public)
        self.assertIn("two histories", cordon(*words, check=1).stderr)
        self.assertIn("\n10\n", (mirror / "public/checkpoint").read_text())
        cordon("log", "monitor", "--proof", mirror / "equivocation.proof", "--trust", self.trust, check=0)
        # Keys that cosigned do not begin anew with an empty copy.
        shutil.rmtree(mirror)
        self.assertNotEqual(0, cordon(*words).returncode)

    def test_equivocation_to_two_witnesses_is_found_by_a_monitor(self):
        witnesses = [self.witness("w1"), self.witness("w2")]
        trust = f"log {self.key.vkey()}\n"
        for i, witness in enumerate(witnesses):
            trust += "".join(f"witness w{i}-{j} {vkey} {witness.url}\n" for j, vkey in enumerate(witness.ready["vkeys"]))
        self.trust.write_text(trust + "quorum none\n")
        self.assertEqual(200, self.submit(witnesses[0], self.log.request(0))[0])
        words = ["log", "monitor", self.log.folder, "--trust", self.trust, "--folder", self.folder / "monitor", "--once", "--json"]
        report = json.loads(cordon(*words, check=0).stdout)
        self.assertEqual([10, 10, None], [place.get("size") for place in report["places"]])
        self.assertEqual(["w0-0", "w0-1"], report["places"][1]["witnesses"])
        fork = Log(self.key, self.folder / "fork")
        fork.grow(*[f"other {i}" for i in range(10)])
        self.assertEqual(200, self.submit(witnesses[1], fork.request(0))[0])
        report = json.loads(cordon(*words, check=1).stdout)
        self.assertFalse(report["consistent"])
        cordon("log", "monitor", "--proof", report["proofs"][0], "--trust", self.trust, check=0)
        other = self.folder / "other-trust"
        other.write_text(f"log {Ed25519(self.folder, 'log.example/b').vkey()}\nquorum none\n")
        self.assertNotEqual(0, cordon("log", "monitor", "--proof", report["proofs"][0], "--trust", other).returncode)

    def test_everything_ends_in_order_on_sigterm(self):
        shutil.copytree(self.log.folder, self.folder / "public")
        services = [self.witness(), self.start("serve", "--evidence", self.folder, "--listen", "127.0.0.1:0")]
        for service in services:
            self.assertEqual(0, service.stop())
        for words in [["mirror", "--of", self.log.folder, "--folder", self.folder / "m"], ["monitor", self.log.folder, "--folder", self.folder / "n"]]:
            process = subprocess.Popen([BIN / "cordon", "log", *map(str, words), "--trust", self.trust, "--json"],
                                       stdout=subprocess.PIPE, text=True)
            self.addCleanup(process.stdout.close)
            self.assertTrue(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(0, process.wait(30))


if __name__ == "__main__":
    unittest.main()
