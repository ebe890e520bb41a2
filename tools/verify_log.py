#!/usr/bin/env python3
"""Verifies an evidence log without Cordon: verify_log.py FOLDER (needs Python 3 and openssl)."""
import base64, glob, hashlib, json, os, subprocess, sys, tempfile

folder = sys.argv[1]
text = open(os.path.join(folder, "checkpoint"), "rb").read()
signed, signature = text.split(b"signature ")
with tempfile.TemporaryDirectory() as tmp:
    for name, content in (("text", signed), ("signature", base64.b64decode(signature))):
        open(os.path.join(tmp, name), "wb").write(content)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", folder + "/log-key.pub", "-in",
                    tmp + "/text", "-sigfile", tmp + "/signature"], check=True, stdout=subprocess.DEVNULL)
size, head = (signed.split(b"\n")[i].split(b" ")[1].decode() for i in (1, 2))
count, previous, met = 0, "0" * 64, int(size) == 0
for segment in sorted(glob.glob(os.path.join(folder, "log-*.jsonl"))):
    for number, line in enumerate(open(segment, "rb"), 1):
        record = json.loads(line)
        if list(record)[:2] != ["seq", "prev"] or record["seq"] != count or record["prev"] != previous:
            sys.exit(f"{segment}:{number}: record {count} is not here, or the line before it was altered")
        count, previous = count + 1, hashlib.sha256(line.rstrip(b"\n")).hexdigest()
        met = met or (count == int(size) and previous == head)
sys.exit(None if met else f"{folder}: record {int(size) - 1} is not the one the checkpoint signed")
