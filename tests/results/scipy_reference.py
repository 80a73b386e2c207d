#!/usr/bin/python3
"""What SciPy makes of the tests behind compare and gate; prints tests/results/golden/scipy.json.

Made with SciPy 1.10.1 (Debian 12's python3-scipy), which the tests themselves do not need:
  /usr/bin/python3 tests/results/scipy_reference.py > tests/results/golden/scipy.json
"""
import json

import numpy
import scipy
from scipy import special, stats

random = numpy.random.default_rng(20260302)


def holm(p):
    """Adjusted p values, written out from the definition."""
    order = numpy.argsort(p, kind="stable")
    adjusted, greatest = [0.0] * len(p), 0.0
    for step, index in enumerate(order):
        greatest = max(greatest, min(1.0, (len(p) - step) * p[index]))
        adjusted[index] = greatest
    return adjusted


TRIM = 0.125  # an eighth at either end, of eight values or more


def variance_of_mean(values):
    """Of the trimmed mean, by the winsorised variance; with its degrees of freedom."""
    gone = int(TRIM * len(values))
    kept = len(values) - 2 * gone
    drawn_in = stats.mstats.winsorize(values, limits=(gone / len(values), gone / len(values)))
    return float(numpy.sum((drawn_in - drawn_in.mean()) ** 2) / (kept - 1) / kept), kept - 1


def welch(size_a, size_b, shift):
    a = random.normal(0, 0.02, size_a)
    b = random.normal(shift, 0.03, size_b)
    test = stats.ttest_ind(b, a, equal_var=False, trim=TRIM)
    (va, fa), (vb, fb) = variance_of_mean(a), variance_of_mean(b)
    freedom = (va + vb) ** 2 / (va**2 / fa + vb**2 / fb)
    reach = stats.t.isf(0.025, freedom) * numpy.sqrt(va + vb)
    centre = stats.trim_mean(b, TRIM) - stats.trim_mean(a, TRIM)
    return {"a": a.tolist(), "b": b.tolist(), "p": test.pvalue, "freedom": freedom, "low": centre - reach,
            "high": centre + reach}


def one_sample(size, null):
    values = random.normal(0.01, 0.02, size)
    return {"values": values.tolist(), "null": null, "two_sided": stats.ttest_1samp(values, null).pvalue,
            "upper": stats.ttest_1samp(values, null, alternative="greater").pvalue}


p = [0.0001, 0.04, 0.012, 0.0001, 0.6, 0.013]
arguments = [0.01, 0.5, 1.0, 2.5, 7.9, 8.1, 60.0]
print(json.dumps({
    "scipy": scipy.__version__,
    "welch": [welch(2, 2, 0.05), welch(5, 3, 0.05), welch(5, 5, 0.0), welch(30, 8, 0.01)],
    "one_sample": [one_sample(2, 0.0), one_sample(5, 0.03), one_sample(7, 0.02)],
    "holm": {"p": p, "adjusted": holm(p)},
    "digamma": [[x, special.digamma(x)] for x in arguments],
    "trigamma": [[x, special.polygamma(1, x)] for x in arguments],
}, indent=1, default=float))
