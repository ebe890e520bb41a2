#!/usr/bin/env python3
"""Takes a checkpoint's ML-DSA-44 line apart for OpenSSL: cosigned_message.py CHECKPOINT VKEYS OUT

Writes OUT/message (the cosigned_message of c2sp.org/tlog-cosignature), OUT/signature and OUT/key.pem. Then, with
OpenSSL 3.5: openssl pkeyutl -verify -rawin -pubin -inkey OUT/key.pem -in OUT/message -sigfile OUT/signature
"""
import base64
import hashlib
import struct
import sys
from pathlib import Path

# RFC 5280 SubjectPublicKeyInfo of an ML-DSA-44 key (RFC 9881), up to its 1,312 octets.
SPKI_HEAD = bytes.fromhex('30820532300b060960864801650304031103820521' '00')


def verifier_key(vkeys, origin):
    """Name, key ID and public key of the type 0x06 key of that name."""
    for line in vkeys.split():
        name, key_id, encoded = line.split('+', 2)
        key = base64.b64decode(encoded)
        if name == origin and key[0] == 0x06:
            assert hashlib.sha256(name.encode() + b'\n' + key).hexdigest()[:8] == key_id, 'the key ID is of another key'
            return bytes.fromhex(key_id), key[1:]
    sys.exit('cosigned_message: no ML-DSA-44 key of that log')


def signature_of(signatures, name, key_id):
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(' ')
        raw = base64.b64decode(encoded)
        if dash == '\u2014' and signer == name and raw[:4] == key_id:
            return raw[4:]
    sys.exit('cosigned_message: the checkpoint has no such line')


def main(checkpoint, vkeys, out):
    text, signatures = Path(checkpoint).read_text().split('\n\n')
    origin, size, root = text.split('\n')
    key_id, key = verifier_key(Path(vkeys).read_text(), origin)
    timed = signature_of(signatures, origin, key_id)  # u64 time, then the signature
    name = origin.encode()
    message = (b'subtree/v1\n\0' + bytes([len(name)]) + name + timed[:8] + bytes([len(name)]) + name
               + struct.pack('>QQ', 0, int(size)) + base64.b64decode(root))
    out = Path(out)
    out.mkdir(exist_ok=True)
    (out / 'message').write_bytes(message)
    (out / 'signature').write_bytes(timed[8:])
    pem = base64.encodebytes(SPKI_HEAD + key).decode()
    (out / 'key.pem').write_text(f'-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
