"""What ./run --once shows: all recorded traffic passes, every attack succeeds bare and is refused behind Cordon by the expected rule."""

import json
import pathlib
import tempfile
import unittest

from harness import cordon


class LabTest(unittest.TestCase):
    def test_everything_the_readme_claims_of_the_laboratory_holds(self):
        with tempfile.TemporaryDirectory(prefix="cordon-") as folder:
            done = cordon("lab", "--once", "--folder", pathlib.Path(folder) / "lab", "--json", timeout=300)
            self.assertEqual(0, done.returncode, done.stdout[-4000:] + done.stderr[-4000:])
            report = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual({"total": 448, "equal": 448}, {key: report["direct"][key] for key in ("total", "equal")})
        self.assertEqual({"total": 448, "equal": 448, "refused": 0}, {key: report["through"][key] for key in ("total", "equal", "refused")})
        self.assertGreaterEqual(len(report["attacks"]), 20)
        for attack in report["attacks"]:
            with self.subTest(attack=attack["name"]):
                self.assertTrue(attack["held"], attack)
                self.assertEqual(attack["expectedRule"], attack["rule"])
        self.assertTrue(report["log"]["ok"])


if __name__ == "__main__":
    unittest.main()
