#!/usr/bin/env python3
"""Verifies a COSE receipt of a record with other people's libraries: cose_receipt.py RECEIPT ENTRY VKEYS

RFC 9942: a COSE_Sign1 (RFC 9052) over the root that the inclusion proof in it leads to, from the entry's bytes. Ed25519
is verified by python3-cryptography, ML-DSA-44 by openssl pkeyutl; the key is the log's of that kind in VKEYS.
"""
import base64
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, ML_DSA_44 = -8, -48  # RFC 9053, RFC 9964
VKEY_KIND = {ED25519: 0x01, ML_DSA_44: 0x06}
SPKI_HEAD = bytes.fromhex('30820532300b06096086480165030403110382052100')  # RFC 9881


def root_of(leaf, index, size, path):
    """RFC 9162 2.1.3.2, word for word."""
    fn, sn, r = index, size - 1, leaf
    if fn > sn:
        sys.exit('cose_receipt: the index is beyond the tree')
    for p in path:
        if sn == 0:
            sys.exit('cose_receipt: the path is too long')
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b'\1' + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b'\1' + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        sys.exit('cose_receipt: the path is too short')
    return r


def key_of(vkeys, issuer, algorithm):
    for line in vkeys.split():
        name, _, encoded = line.split('+', 2)
        key = base64.b64decode(encoded)
        if name == issuer and key[0] == VKEY_KIND[algorithm]:
            return key[1:]
    sys.exit('cose_receipt: no such key of that log')


def thumbprint(key, algorithm):
    """RFC 9679: of the key as a COSE_Key, in deterministic encoding."""
    members = {1: 1, -1: 6, -2: key} if algorithm == ED25519 else {1: 7, 3: algorithm, -1: key}
    return hashlib.sha256(cbor2.dumps(members, canonical=True)).digest()


def holds(key, algorithm, message, signature):
    if algorithm == ED25519:
        try:
            return Ed25519PublicKey.from_public_bytes(key).verify(signature, message) is None
        except InvalidSignature:
            return False
    with tempfile.TemporaryDirectory() as folder:
        files = {'key': SPKI_HEAD + key, 'message': message, 'signature': signature}
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        done = subprocess.run(['openssl', 'pkeyutl', '-verify', '-rawin', '-pubin', '-keyform', 'DER', '-inkey', 'key',
                               '-in', 'message', '-sigfile', 'signature'], cwd=folder, capture_output=True)
        return done.returncode == 0


def main(receipt, entry, vkeys):
    sign1 = cbor2.loads(Path(receipt).read_bytes())
    if getattr(sign1, 'tag', None) != 18:
        sys.exit('cose_receipt: not a COSE_Sign1')
    protected, unprotected, payload, signature = sign1.value
    header = cbor2.loads(protected)
    algorithm, claims = header[1], header[15]
    if header[395] != 1 or algorithm not in VKEY_KIND or payload is not None:
        sys.exit('cose_receipt: not a receipt of an RFC9162_SHA256 tree')
    key = key_of(Path(vkeys).read_text(), claims[1], algorithm)
    if header[4] != thumbprint(key, algorithm):
        sys.exit('cose_receipt: signed with another key')
    size, index, path = cbor2.loads(unprotected[396][-1][0])
    root = root_of(hashlib.sha256(b'\0' + Path(entry).read_bytes()).digest(), index, size, path)
    if not holds(key, algorithm, cbor2.dumps(['Signature1', protected, b'', root]), signature):
        sys.exit('cose_receipt: the signature does not hold for that entry')
    print(f'entry {index} is in the tree {claims[1]} signed, says {claims[2]}')


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except (cbor2.CBORDecodeError, LookupError, ValueError, TypeError) as error:
        sys.exit(f'cose_receipt: not readable: {error}')
