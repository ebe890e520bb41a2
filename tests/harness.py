"""What the whole-system tests share: a laboratory core behind a running Cordon, a foreign HTTP/2 client, the evidence read back."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ.get("CORDON_BIN", "build/dev/bin")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parent.parent


def cordon(*words, check=None, cwd=None, timeout=120):
    """Runs the cordon command; check: the exit status demanded."""
    done = subprocess.run([BIN / "cordon", *map(str, words)], capture_output=True, text=True, cwd=cwd, timeout=timeout)
    if check is not None and done.returncode != check:
        raise AssertionError(f"cordon {words}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def alive(pid):
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    return False


def wait_until(condition, what, seconds=20):
    """Polls until condition() holds: the whole-system tests' only way to wait."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Lab:
    """`cordon lab serve`: a protected naive core on loopback with Cordon in front of it."""

    def __init__(self, folder=None):
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="cordon-"))
        self.log = open(self.folder / "lab.log", "wb")
        self.process = subprocess.Popen(
            [BIN / "cordon", "lab", "serve", "--folder", self.folder, "--json"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the lab did not start:\n" + (self.folder / "lab.log").read_text())
        self.ready = json.loads(line)
        if not self.ready.get("ready"):
            raise AssertionError(f"the lab did not start: {self.ready.get('error')}")
        self.config = self.folder / "cordon.yaml"

    def pid(self, part):
        """The process of that part now: children of `cordon up`, told apart by their command line."""
        marks = {"proxy": "cordon-proxy", "engine": "engine", "evidence": "write"}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                if str(self.config) in words and any(word.endswith(marks[part]) for word in words[:3]) and words[1:2] != ["up"]:
                    return int(entry.name)
        return None

    def kill(self, part):
        pid = wait_until(lambda: self.pid(part), f"{part} runs")
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_serving(self):
        wait_until(lambda: self.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances").status == 200, "Cordon serves again")

    def curl_options(self, caller, extra=()):
        pki = self.folder / "pki"
        name = caller.lower()
        return ["--silent", "--show-error", "--http2", "--max-time", "10", "--cacert", pki / "pep-ca.pem",
                "--cert", pki / f"{name}.pem", "--key", pki / f"{name}.key", *extra]

    def address(self, producer):
        return self.ready["listening"][producer]

    def ask(self, caller, producer, path, method="GET", body=None, headers=(), extra=()):
        """One request with curl: a client that is not ours."""
        words = ["curl", *map(str, self.curl_options(caller, extra)), "-X", method, "-i",
                 f"https://{self.address(producer)}{path}"]
        for header in headers:
            words += ["-H", header]
        if body is not None:
            words += ["-H", "content-type: application/json", "--data-binary", body if isinstance(body, str) else json.dumps(body)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        return Answer(done)

    def records(self):
        """The evidence, opened with the operator's keys."""
        return records_of(self.config)

    def decisions(self):
        """The records of requests only: those of the log's own life come between them when they like."""
        return [each for each in self.records() if each.get("decision") in ("permit", "refuse")]

    def received(self):
        """Trace ids of the requests that reached an NF behind Cordon."""
        file = self.folder / "received.log"
        return set(file.read_text().split()) if file.exists() else set()

    def verify(self):
        return cordon("log", "verify", "--config", self.config, "--json")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def records_of(config):
    shown = cordon("log", "show", "--last", "1000000", "--json", "--config", config, check=0).stdout
    return [json.loads(line) for line in shown.splitlines()]


class Answer:
    """What curl saw: status 0 when there was no HTTP answer, then error says why."""

    def __init__(self, done):
        self.error = done.stderr.strip()
        head, _, self.body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        lines = head.split("\n")
        self.status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else 0
        self.headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)

    def problem(self):
        return json.loads(self.body)


class LabTest(unittest.TestCase):
    """Tests that share one running laboratory."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.stop)
