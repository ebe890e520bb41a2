"""A full disk: requests that need evidence are refused with a clear error, and service resumes when space returns."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import Lab, wait_until


def have_small_disk():
    return os.environ.get("CORDON_SMALL_DISK")


class FullDiskTest(unittest.TestCase):
    def test_refuses_with_a_clear_error_and_resumes_when_space_returns(self):
        disk = pathlib.Path(have_small_disk())
        lab = Lab(disk)
        self.addCleanup(lab.stop)
        self.assertEqual(200, lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances").status)
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as out:
            try:
                while out.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        refused = wait_until(lambda: (a := lab.ask("AMF", "NRF", "/nnrf-nfm/v1/nf-instances")).status == 500 and a, "a refusal")
        self.assertEqual("INSUFFICIENT_RESOURCES", refused.problem()["cause"])
        self.assertIn("evidence", refused.problem()["detail"])
        filler.unlink()
        lab.wait_serving()
        self.assertEqual(0, lab.verify().returncode, lab.verify().stdout)


if __name__ == "__main__":
    if have_small_disk():
        unittest.main()
    # A disk of 4 MiB in a mount namespace of its own; it goes with the process.
    with tempfile.TemporaryDirectory(prefix="cordon-disk-") as folder:
        script = f'mount -t tmpfs -o size=4m none "{folder}" && exec "$@"'
        namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        done = subprocess.run([*namespace, "sh", "-c", script, "sh", sys.executable, __file__],
                              env=os.environ | {"CORDON_SMALL_DISK": folder})
        sys.exit(done.returncode)
