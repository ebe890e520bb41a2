import math
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'tests'))

from slope import slope, t_value  # noqa: E402


class SlopeTest(unittest.TestCase):
    def test_a_straight_line_is_known_for_certain(self):
        found = slope([0, 1, 2, 3], [10, 12, 14, 16])
        self.assertEqual((2, 2, 2), found)
        self.assertTrue(found.grows(1))
        self.assertFalse(found.grows(3))

    def test_the_interval_holds_the_truth_19_times_of_20(self):
        chance = random.Random(8)
        within = 0
        for _ in range(400):
            xs = list(range(40))
            found = slope(xs, [5 * x + chance.gauss(0, 30) for x in xs])
            within += found.low <= 5 <= found.high
        self.assertGreater(within, 360)

    def test_a_memory_that_wanders_is_not_taken_for_one_that_grows(self):
        chance = random.Random(9)
        alarms = 0
        for _ in range(200):
            level, ys = 0.0, []
            for _ in range(60):
                level = 0.8 * level + chance.gauss(0, 10)
                ys.append(level)
            alarms += slope(list(range(60)), ys).grows(0)
        self.assertLess(alarms, 20)

    def test_a_leak_under_noise_is_found(self):
        chance = random.Random(10)
        found = slope(list(range(90)), [100_000 + 20 * x + chance.gauss(0, 100) for x in range(90)])
        self.assertTrue(found.grows(10))

    def test_too_few_samples_tell_nothing(self):
        for xs in ([], [1], [1, 2], [1, 1, 1]):
            self.assertFalse(slope(xs, xs).grows(0))

    def test_students_t(self):
        for freedom, expected in ((1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)):
            self.assertAlmostEqual(expected, t_value(freedom), delta=0.03)
        self.assertEqual(math.inf, t_value(0))
