"""Signed bundles and a Cordon that runs them: what the tests of bundles and of reloading share."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

from harness import BIN, cordon, records_of, wait_until

CONFIG = """name: reload
state: state
policy: {bundle: sbi.bundle, keys: [operator.pub]}
inventory: inventory.yaml
lab_cleartext: true
"""

# In cleartext a caller is who has its address: the AMF asks from 127.0.5.5. Nobody listens behind the NRF.
INVENTORY = """nfs:
  - {instance: 11111111-1111-4111-8111-111111111111, type: NRF, name: nrf1, dns: [nrf1.5gc.test], listen: "127.0.6.10:7777", upstream: "127.0.5.10:7777"}
  - {instance: 22222222-2222-4222-8222-222222222222, type: AMF, name: amf1, dns: [amf1.5gc.test], upstream: "127.0.5.5:7777"}
"""


def bundle(*words, check=0, cwd=None):
    return cordon("policy", "bundle", *words, check=check, cwd=cwd)


def policy(version):
    """Every version is another set: it permits reading under a name of its own."""
    return f'@id("v{version}") permit (principal is Nf, action in Action::"nnrf-nfm", resource);\n'


class Bundles:
    """A folder with a signer's keys and the bundles he makes."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        bundle("keygen", "operator", "--output", self.folder)

    def make(self, version, text=None, key="operator", name="sbi", options=(), check=0):
        """Puts the bundle where the configuration names it, whole at once; its description, or None when refused."""
        source = self.folder / "sbi.cedar"
        source.write_text(policy(version) if text is None else text)
        words = ["--key", self.folder / f"{key}.key"] if key else []
        done = bundle("create", "--name", name, "--version", version, "--output", self.folder / "next.bundle", "--json",
                      *words, *options, source, check=check)
        return json.loads(done.stdout) if check == 0 else None

    def put(self):
        os.rename(self.folder / "next.bundle", self.folder / "sbi.bundle")


class Cordon:
    """`cordon up` over a folder with cordon.yaml, its log in up.log."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "cordon.yaml"
        self.log_file = self.folder / "up.log"
        self.log = open(self.log_file, "ab")
        self.process = subprocess.Popen([BIN / "cordon", "up", "--json", "--config", self.config], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line or not json.loads(line).get("ready"):
            self.stop()
            raise AssertionError(f"Cordon did not start: {line}\n{self.log_file.read_text()}")

    def pid(self, mark):
        """The child of `cordon up` whose first words end with that mark: 'engine', 'cordon-proxy' or 'write'."""
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                if str(self.config) in words and any(word.endswith(mark) for word in words[:3]) and words[1:2] != ["up"]:
                    return int(entry.name)
        return None

    def kill(self, mark):
        os.kill(wait_until(lambda: self.pid(mark), f"{mark} runs"), signal.SIGKILL)

    def running(self):
        """Policy sets in the order in which the enforcement point said that they are in force."""
        return re.findall(r"running \d+ ([0-9a-f]{64})", self.log_file.read_text())

    def refusals(self):
        return self.log_file.read_text().count("the change is refused")

    def records(self):
        """The decisions in the order of their time: of two enforcement points the log may hear in another order."""
        decisions = [record for record in records_of(self.config) if record["kind"] == "decision"]
        return sorted(decisions, key=lambda record: record["time"])

    def version_on_disk(self):
        store = json.loads((self.folder / "state" / "bundle-versions.json").read_text())
        return max((each["version"] for each in store["bundles"]), default=0)

    def ask(self, trace="", count=1):
        """Reads of the NRF by the AMF, one after another on one connection; the HTTP statuses."""
        words = ["curl", "--silent", "--http2-prior-knowledge", "--max-time", "20", "--interface", "127.0.5.5"]
        for i in range(count):
            words += ["-H", f"traceparent: {trace}"] if trace else []
            words += ["-o", "/dev/null", "-w", "%{http_code}\n", f"http://127.0.6.10:7777/nnrf-nfm/v1/nf-instances?n={i}"]
        return subprocess.run(list(map(str, words)), capture_output=True, text=True).stdout.split()

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
