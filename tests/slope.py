"""The straight line through samples, and how sure its slope is: whether a process grows, or only breathes."""

import math
import typing


class Slope(typing.NamedTuple):
    per_x: float
    low: float  # of the 95 % confidence interval
    high: float

    def grows(self, limit):
        """More than limit, and surely more than nothing."""
        return self.per_x > limit and self.low > 0


def t_value(freedom):
    """Student's t for 95 %, two-sided: exact for 1 and 2, then within 1 % (Cornish-Fisher)."""
    if freedom < 1:
        return math.inf
    if freedom <= 2:
        return (12.706, 4.303)[freedom - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2) + \
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)


def slope(xs, ys):
    """Least squares. Neighbouring samples of a memory are alike, so n samples say less than n: the interval is that of
    n (1 - r) / (1 + r) of them, r being the correlation of neighbouring residuals."""
    n = len(xs)
    if n < 3 or len(set(xs)) < 2:
        return Slope(0.0, -math.inf, math.inf)
    mean_x, mean_y = sum(xs) / n, sum(ys) / n
    spread = sum((x - mean_x) ** 2 for x in xs)
    per_x = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread
    left = [y - mean_y - per_x * (x - mean_x) for x, y in zip(xs, ys)]
    squares = sum(each**2 for each in left)
    if squares == 0:
        return Slope(per_x, per_x, per_x)
    alike = min(max(sum(a * b for a, b in zip(left, left[1:])) / squares, 0.0), 0.99)
    effective = max(3.0, n * (1 - alike) / (1 + alike))
    error = math.sqrt(squares / (effective - 2) / spread * n / effective) if effective > 2 else math.inf
    error *= t_value(max(1, int(effective) - 2))
    return Slope(per_x, per_x - error, per_x + error)
