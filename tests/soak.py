"""Cordon for a long time under load and change (./bench soak [MINUTES] [SHARE] [--json] [--rate N] [--churn N] [--keep]).

A producer behind, five NFs before it at a share of the peak measured at the start; all the while connections come and
go (some in the middle of requests or of a handshake), a new snapshot every 20 s, a new certificate every minute, new
tokens. At the end: does any process grow, does anything hang, was anything refused or lost?"""

import argparse
import contextlib
import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from bundles import Cordon
from harness import BIN, SOURCE, cordon, wait_until
from slope import slope

AT, UPSTREAM, METRICS = "127.0.9.110:7777", "127.0.9.10:7777", "127.0.9.1:9464"
SAMPLE, SNAPSHOT, CERTIFICATE = 10, 20, 60  # seconds between two of them
WARM_UP = 0.2  # of the time: caches, pools and the allocator fill
ALLOWED = 60  # kB a minute, of each process: 84 MB a day
QUEUED = ("profile-reading", "discovery")  # their evidence is queued; that of all other rules comes before the effect

CONFIG = f"""name: soak
state: state
policy: policy.cedar
inventory: inventory.yaml
metrics: {METRICS}
notifications: {{learning_seconds: 0}}
tokens: {{mode: optional, authority: {{issuer: NRF_INSTANCE}}}}
tls: {{certificate: pki/proxy.pem, key: pki/proxy.key, callers: pki/operator-ca.pem, producers: pki/operator-ca.pem, handshakes_per_address: 1000}}
"""  # all callers have one address
NRF = "f97352f8-e555-41f1-9f59-65bd764bf60d"


def default_policy(extra=""):
    text = (SOURCE / "policies" / "sbi.cedar").read_text()
    for rule in QUEUED:
        assert f'@id("{rule}")' in text, rule
        text = text.replace(f'@id("{rule}")', f'@evidence("queued")\n@id("{rule}")')
    return text + extra


def inventory(nfs):
    """The callers and the producer of soak_load."""
    lines = ["nfs:"]
    for nf in nfs:
        where = f'listen: "{AT}", upstream: "{UPSTREAM}", upstream_name: {nf["dns"]}' if nf["type"] == "NRF" else 'upstream: "127.0.9.9:9"'
        lines.append(f"  - {{instance: {nf['instance']}, type: {nf['type']}, name: {nf['type'].lower()}1, dns: [{nf['dns']}], {where}}}")
    return "\n".join(lines) + "\n"


def write_whole(file, text):
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.rename(file)


class Load:
    """soak_load: orders in, its last report kept."""

    def __init__(self, folder):
        self.process = subprocess.Popen([BIN / "soak_load", folder, AT, UPSTREAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reports, self.errors, self.nfs = [], [], []
        threading.Thread(target=self.read, daemon=True).start()
        wait_until(lambda: self.nfs or self.process.poll() is not None, "the load is ready")
        if not self.nfs:
            raise SystemExit("soak: the load did not start: see above")

    def read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            if "sent" in said:
                self.reports.append(said)
            elif "error" in said:
                self.errors.append(said["error"])
            else:
                self.nfs = said["nfs"]

    @property
    def now(self):
        return self.reports[-1] if self.reports else {}

    def order(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def seconds(self, count):
        """The next so many reports."""
        first = len(self.reports)
        wait_until(lambda: len(self.reports) > first + count or self.process.poll() is not None, "reports of the load", count + 60)
        return self.reports[first:]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


class Watch:
    """Every process of Cordon, sampled."""

    def __init__(self, up):
        self.up, self.samples, self.began = up, [], time.monotonic()

    def processes(self):
        """Those that stay: not the builder of the log's index, which comes and goes."""
        pids = {"up": self.up}
        for pid in pathlib.Path(f"/proc/{self.up}/task/{self.up}/children").read_text().split():
            with contextlib.suppress(OSError):
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if "index" not in words:
                    pids["proxy" if words[0].endswith("cordon-proxy") else words[1]] = int(pid)
        return pids

    def sample(self, status):
        row = {"minutes": (time.monotonic() - self.began) / 60, "open": status["requests"]["open"],
               "connections": status["connections"], "upstreams": status["upstream_connections"], "of": {}}
        for name, pid in self.processes().items():
            with contextlib.suppress(OSError):  # it ended: the next one of that name has another pid
                kb = int(pathlib.Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])
                row["of"][name] = {"pid": pid, "rss": kb, "fds": len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))}
        self.samples.append(row)
        return row

    def settled(self):
        until = self.samples[-1]["minutes"] * WARM_UP
        return [row for row in self.samples if row["minutes"] >= until]

    def trend(self, name, what):
        rows = [row for row in self.settled() if name in row["of"]]
        return slope([row["minutes"] for row in rows], [row["of"][name][what] for row in rows])


def counters():
    with urllib.request.urlopen(f"http://{METRICS}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("cordon_") and "_bucket" not in line}


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.load = Load(folder)
        (folder / "cordon.yaml").write_text(CONFIG.replace("NRF_INSTANCE", NRF))
        (folder / "policy.cedar").write_text(default_policy())
        (folder / "inventory.yaml").write_text(inventory(self.load.nfs))
        cordon("token", "keys", "make", "--config", folder / "cordon.yaml", check=0)
        self.cordon = Cordon(folder)
        self.watch = Watch(self.cordon.process.pid)
        self.snapshots, self.certificates, self.missed, self.sets = 0, 0, 0, set()

    def status(self):
        """What the enforcement point says of itself; None when it has no time for it."""
        done = cordon("proxy", "status", "--config", self.folder / "cordon.yaml", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def say(self, text):
        print(f"soak: {text}", file=sys.stderr, flush=True)

    def peak(self):
        self.load.order("start")
        self.load.seconds(2)
        self.load.order("full", 256)
        self.load.seconds(3)
        reports = self.load.seconds(6)
        return statistics.median(b["answered"] - a["answered"] for a, b in zip(reports, reports[1:]))

    def run(self):
        peak = self.peak()
        rate = self.options.rate or peak * self.options.share / 100
        self.say(f"peak {peak:.0f} requests/s; {rate:.0f}/s for {self.options.minutes:g} minutes")
        self.load.order("rate", f"{rate:.1f}")
        self.load.order("churn", self.options.churn)
        self.watch.began = time.monotonic()
        try:
            self.turn(self.watch.began + self.options.minutes * 60)
        except KeyboardInterrupt:
            self.options.minutes = (time.monotonic() - self.watch.began) / 60
            self.say(f"interrupted: the verdict is on {self.options.minutes:.1f} minutes")
        return self.verdict(peak, rate)

    def turn(self, end):
        due = {self.take_sample: 0.0, self.new_snapshot: 0.0, self.new_certificate: 0.0}
        every = {self.take_sample: SAMPLE, self.new_snapshot: SNAPSHOT, self.new_certificate: CERTIFICATE}
        start = time.monotonic()
        while (now := time.monotonic()) < end:
            for act, at in due.items():
                if now - start >= at:
                    due[act] = at + every[act]
                    act()
            time.sleep(max(0.0, min(min(due.values()) + start, end) - time.monotonic()))

    def take_sample(self):
        status = self.status()
        if not status:
            self.missed += 1
            return self.say("no answer to a question for the status")
        row = self.watch.sample(status)
        self.sets.add(status["snapshot"]["policy_set"])
        if len(self.watch.samples) % 6 == 1:
            rss = ", ".join(f"{name} {each['rss']} kB {each['fds']} fds" for name, each in row["of"].items())
            load = self.load.now
            self.say(f"minute {row['minutes']:.0f}: {load['answered']} answered, {load['refused']} refused, {load['failed']} failed, "
                     f"{load['skipped']} skipped, p99 {load['p99_us']:.0f} us; {row['open']} open, {row['connections']} connections; {rss}")

    def new_snapshot(self):
        self.snapshots += 1
        rule = f'\n@id("soak-{self.snapshots}")\npermit (principal == Nf::"{NRF}", action in Action::"nnrf-nfm", resource in NfType::"NRF");\n'
        write_whole(self.folder / "policy.cedar", default_policy(rule))

    def new_certificate(self):
        self.certificates += 1
        self.load.order("certificate")

    def verdict(self, peak, rate):
        self.load.order("rate", 0)
        self.load.order("churn", 0)
        self.load.seconds(5)
        load, status, metrics = self.load.now, wait_until(self.status, "the status", 60), counters()
        row = self.watch.sample(status)
        result = {"bench": "soak", "minutes": self.options.minutes, "peak_per_second": peak, "rate_per_second": rate, "load": load,
                  "snapshots_in_force": len(self.sets), "certificates": self.certificates, "samples_missed": self.missed,
                  "requests": status["requests"],
                  "evidence": status["evidence"], "metrics": metrics, "processes": {}, "samples": self.watch.samples}
        first = self.watch.settled()[0]
        for name, each in row["of"].items():
            rss, fds = self.watch.trend(name, "rss"), self.watch.trend(name, "fds")
            result["processes"][name] = {"rss_kb": each["rss"], "rss_kb_after_warm_up": first["of"].get(name, each)["rss"],
                                         "fds": each["fds"], "rss_kb_per_minute": rss._asdict(), "fds_per_minute": fds._asdict(),
                                         "restarted": first["of"].get(name, each)["pid"] != each["pid"]}
        result["faults"] = list(self.faults(result))
        result["verdict"] = "FAIL" if result["faults"] else "OK"
        return result

    def faults(self, result):
        load, requests = result["load"], result["requests"]
        sent = load["answered"] + load["refused"] + load["failed"] + load["abandoned"]
        for count, what in ((requests["open"], "requests are still open in the enforcement point 5 s after the load"),
                            (load["open"], "requests had no answer 5 s after the load"),
                            (load["sent"] - sent - load["open"], "requests are unaccounted for"),
                            (load["refused"], f"answers were refusals; the first: {load['first_refusal']}"),
                            (load["failed"], f"requests failed; the first: {load['first_failure']}"),
                            (requests["unrecorded"], "requests could not be recorded"),
                            (result["evidence"]["waiting_in_spool"], "records wait in the spool 5 s after the load"),
                            (len(self.load.errors), f"orders failed: {self.load.errors[:1]}")):
            if count:
                yield f"{count} {what}"
        if result["snapshots_in_force"] < min(2, self.snapshots):
            yield "no new snapshot came into force"
        for name, each in result["processes"].items():
            if each["restarted"]:
                yield f"{name} ended and was started again"
            for what, limit, unit in (("rss_kb_per_minute", ALLOWED, "kB"), ("fds_per_minute", 0.5, "descriptors")):
                if slope_of(each[what]).grows(limit):
                    yield f"{name} grows by {each[what]['per_x']:.1f} {unit} a minute"

    def stop(self):
        self.cordon.stop()
        self.load.stop()


def slope_of(fields):
    return type(slope([], []))(**fields)


def interval(found, digits=0):
    if not math.isfinite(found["low"]):
        return f"{found['per_x']:.{digits}f} (too few samples)"
    return f"{found['per_x']:.{digits}f} [{found['low']:.{digits}f}, {found['high']:.{digits}f}]"


def table(result):
    load = result["load"]
    print(f"soak: {result['minutes']:.3g} minutes at {result['rate_per_second']:.0f} requests/s (peak {result['peak_per_second']:.0f}), "
          f"{load['opened']} connections, {load['half_open']} left in their handshake, {result['snapshots_in_force']} policy sets, "
          f"{result['certificates']} certificates")
    print(f"{load['sent']} sent: {load['answered']} answered, {load['refused']} refused, {load['failed']} failed, "
          f"{load['abandoned']} given up by their callers, {load['open']} open; {load['skipped']} not sent (too many open)")
    print(f"{'process':<10} {'RSS kB, warm':>12} {'at the end':>12} {'kB a minute, 95 %':>26} {'fds':>6} {'fds a minute, 95 %':>26}")
    for name, each in result["processes"].items():
        print(f"{name:<10} {each['rss_kb_after_warm_up']:>12} {each['rss_kb']:>12} {interval(each['rss_kb_per_minute']):>26} "
              f"{each['fds']:>6} {interval(each['fds_per_minute'], 2):>26}")
    for fault in result["faults"]:
        print(f"fault: {fault}")
    print(result["verdict"])


def finite(value):
    """JSON has no infinity."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main():
    parser = argparse.ArgumentParser(prog="./bench soak", description=__doc__.split("\n\n")[1], epilog="example: ./bench soak 10 50 --json")
    parser.add_argument("minutes", type=float, nargs="?", default=30)
    parser.add_argument("share", type=float, nargs="?", default=80, help="of the peak, in %%")
    parser.add_argument("--rate", type=float, help="requests a second, instead of a share of the peak")
    parser.add_argument("--churn", type=float, default=10, help="new connections a second")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the folder with state and evidence")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="soak-", dir=BIN.parent))  # on the build's disk: memory would flatter
    soak = None
    try:
        soak = Soak(options, folder)
        result = soak.run()
        print(json.dumps(finite(result))) if options.json else table(result)
        return 1 if result["faults"] else 0
    finally:
        if soak:
            soak.stop()
        if options.keep:
            print(f"soak: kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
