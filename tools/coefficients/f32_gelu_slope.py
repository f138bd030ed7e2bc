#!/usr/bin/env python3
"""Prints the numbers of ir/math/f32_gelu_slope.h, a segment a line: centre, value and terms.

gelu'(-t) e^(t^2 / 2) interpolated at Chebyshev's points about the centre of each segment; both
segments beside the root have it as their centre. Needs mpmath (python3-mpmath).
"""
import struct

import mpmath as mp

mp.mp.prec = 120


def f(t):
    return mp.erfc(t / mp.sqrt(2)) * mp.exp(t * t / 2) / 2 - t / mp.sqrt(2 * mp.pi)


def to_f32(v):
    return struct.unpack("f", struct.pack("f", float(v)))[0]


def terms(left, right, centre, n=6):
    """Of ((f(centre + h) - f(centre)) / h for left <= centre + h <= right."""
    a, b = mp.mpf(left) - centre, mp.mpf(right) - centre
    points = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    powers = mp.matrix(n, n)
    values = mp.matrix(n, 1)
    for row, h in enumerate(points):
        values[row] = (f(centre + h) - f(mp.mpf(centre))) / h
        for k in range(n):
            powers[row, k] = h**k
    return [to_f32(c) for c in mp.lu_solve(powers, values)]


def error(left, right, row):
    """The largest relative error, but for the centre itself."""
    worst = 0
    for i in range(201):
        t = left + mp.mpf(right - left) * i / 200
        h = t - row[0]
        if abs(h) > 1e-6:
            value = row[1] + sum(mp.mpf(c) * h ** (k + 1) for k, c in enumerate(row[2:]))
            worst = max(worst, abs(value / f(t) - 1))
    return float(worst * 2**24)


ROOT = to_f32(mp.findroot(f, 0.7518))
EDGES = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 9, 11, 13, 14.6]
for left, right in zip(EDGES, EDGES[1:]):
    centre = ROOT if 0.5 <= left < 1 else to_f32((left + right) / 2)
    row = [centre, to_f32(f(mp.mpf(centre)))] + terms(left, right, centre)
    print(", ".join(float.hex(float(v)) for v in row))
    print("error in 2^-24:", error(left, right, row))
