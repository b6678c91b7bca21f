"""Scrambled Sobol points, the same as those of `scipy.stats.qmc.Sobol`, to the last bit.

Point n is the exclusive or of the direction numbers at the ones of the Gray code of n (Antonov &
Saleev 1979). Direction numbers are those of Joe & Kuo (2008, SIAM J. Sci. Comput. 30, 2635-2654).
Scrambling is a random lower triangular matrix, with ones on its diagonal, over the bits of every
coordinate, then a random digital shift (Matousek 1998, J. Complexity 14, 527-556).

scipy's generator gives the same points, but importing `scipy.stats` takes longer than most
commands. Beyond the dimensions of the table here, it is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

Bits = NDArray[np.uint32]
BITS = 30
"""Binary digits of a coordinate."""

_TABLE = """
3 1; 7 1 3; 11 1 3 1; 13 1 1 1; 19 1 1 3 3; 25 1 3 5 13; 37 1 1 5 5 17; 41 1 1 5 5 5; 47 1 1 7 11
19; 55 1 1 5 1 1; 59 1 1 1 3 11; 61 1 3 5 5 31; 67 1 3 3 9 7 49; 91 1 1 1 15 21 21; 97 1 3 1 13 27
49; 103 1 1 1 15 7 5; 109 1 3 1 15 13 25; 115 1 1 5 5 19 61; 131 1 3 7 11 23 15 103; 137 1 3 7 13
13 15 69; 143 1 1 3 13 7 35 63; 145 1 3 5 9 1 25 53; 157 1 3 1 13 9 35 107; 167 1 3 1 5 27 61 31;
171 1 1 5 11 19 41 61; 185 1 3 5 3 3 13 69; 191 1 1 7 13 1 19 1; 193 1 3 7 5 13 19 59; 203 1 1 3 9
25 29 41; 211 1 3 5 13 23 1 55; 213 1 3 7 3 13 59 17; 229 1 3 1 3 5 53 69; 239 1 1 5 5 23 33 13;
241 1 1 7 7 1 61 123; 247 1 1 7 9 13 61 49; 253 1 3 3 5 3 55 33; 285 1 3 1 15 31 13 49 245; 299 1
3 5 15 31 59 63 97; 301 1 3 1 11 11 11 77 249; 333 1 3 1 11 27 43 71 9; 351 1 1 7 15 21 11 81 45;
355 1 3 7 3 25 31 65 79; 357 1 3 1 1 19 11 3 205; 361 1 1 5 9 19 21 29 157; 369 1 3 7 11 1 33 89
185; 391 1 3 3 3 15 9 79 71; 397 1 3 7 11 15 39 119 27; 425 1 1 3 1 11 31 97 225; 451 1 1 1 3 23
43 57 177; 463 1 3 7 7 17 17 37 71; 487 1 3 1 5 27 63 123 213; 501 1 1 3 5 11 43 53 133; 529 1 3 5
5 29 17 47 173 479; 539 1 3 3 11 3 1 109 9 69; 545 1 1 1 5 17 39 23 5 343; 557 1 3 1 5 25 15 31
103 499; 563 1 1 1 11 11 17 63 105 183; 601 1 1 5 11 9 29 97 231 363; 607 1 1 5 15 19 45 41 7 383;
617 1 3 7 7 31 19 83 137 221; 623 1 1 1 3 23 15 111 223 83; 631 1 1 5 13 31 15 55 25 161; 637 1 1
3 13 25 47 39 87 257
"""
"""For every dimension from the second on: a primitive polynomial over two elements, whose binary
digits are its coefficients, and as many initial direction numbers as its degree."""
DIMENSIONS = 1 + _TABLE.count(";") + 1
"""Those of the table."""


def scrambled_sobol(dimension: int, exponent: int, generator: np.random.Generator) -> Array:
    """The first 2^exponent points (2^exponent, dimension) in [0, 1), multiples of 2^-30.

    generator : the scrambling is drawn from one that it spawns, as scipy does it, so that its own
    numbers are left as they are.
    """
    if dimension > DIMENSIONS:
        from scipy.stats import qmc  # noqa: PLC0415 - a slow import

        sobol = qmc.Sobol(dimension, bits=BITS, seed=generator)
        return np.asarray(sobol.random_base2(exponent))
    (own,) = generator.spawn(1)
    shift = own.integers(2, size=(dimension, BITS), dtype=np.uint32) @ _powers()
    matrices = np.tril(own.integers(2, size=(dimension, BITS, BITS), dtype=np.uint32))
    directions = _scrambled(_directions(dimension), matrices)
    return np.asarray(_in_gray_order(directions, shift, exponent) * 2.0**-BITS, dtype=np.float64)


def _powers() -> Bits:
    """Powers of two (BITS,), from 1."""
    return np.left_shift(np.uint32(1), np.arange(BITS, dtype=np.uint32))


def _directions(dimension: int) -> Bits:
    """Direction numbers (dimension, BITS) as integers, the first being 2^(BITS - 1)."""
    rows = [[1] * BITS] + [_recurrence(row) for row in _TABLE.split(";")[: dimension - 1]]
    return np.array(rows, dtype=np.uint32) * _powers()[::-1]


def _recurrence(row: str) -> list[int]:
    """Odd numbers m_1 to m_BITS of a row of the table: equation 2 of Joe & Kuo."""
    polynomial, *numbers = map(int, row.split())
    degree = len(numbers)
    for j in range(degree, BITS):
        new = numbers[j - degree]
        for k in range(1, degree + 1):
            if polynomial >> (degree - k) & 1:
                new ^= numbers[j - k] << k
        numbers.append(new)
    return numbers


def _scrambled(directions: Bits, matrices: Bits) -> Bits:
    """Binary digits of the direction numbers, from the largest on, times a matrix, modulo 2.

    matrices : (dimension, BITS, BITS), lower triangular; their diagonals are set to one.
    """
    axis = np.arange(BITS)
    matrices[:, axis, axis] = 1
    digits = directions[:, None, :] >> axis[::-1, None].astype(np.uint32) & 1
    scrambled: Bits = np.einsum("dpb,p->db", matrices @ digits & 1, _powers()[::-1])
    return scrambled


def _in_gray_order(directions: Bits, shift: Bits, exponent: int) -> Bits:
    """Points (2^exponent, dimension): every half is the reverse of the one before, shifted."""
    points = shift[None, :]
    for direction in directions.T[:exponent]:
        points = np.concatenate([points, points[::-1] ^ direction])
    return points
