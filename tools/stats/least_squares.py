"""Ordinary least squares with the errors that the data affords: those of replicates, else heteroscedasticity-robust.

Written out, and tested against statsmodels, which takes a singular value decomposition a fit: minutes for the thousands
of fits of a large folder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import special
from .columns import Codes
from .intervals import Floats

Errors = Literal["HC3", "replicates"]
_MIN_REPLICATES = 10  # degrees of freedom within conditions from which on their spread is the error


@dataclass(frozen=True, slots=True)
class Solved:
    """Coefficients with their covariance; `df` are the degrees of freedom of the error that the covariance rests on."""

    params: Floats
    cov: Floats
    df: float
    sigma: float  # residual standard deviation
    residuals: Floats
    errors: Errors
    noise: tuple[float, float]  # standard deviation of the error, and its degrees of freedom
    lack_of_fit: float | None  # p of the model's terms being all there is; None without replicates


def wald(params: Floats, cov: Floats, df: float, span: slice) -> float | None:
    """p of these coefficients being all zero, by an F test; None where they cannot be told apart."""
    part = cov[span, span]
    if not full_rank(part):
        return None
    statistic = float(params[span] @ np.linalg.solve(part, params[span])) / len(part)
    return float(special.fdtrc(len(part), df, statistic))


def full_rank(matrix: Floats) -> bool:
    """Of a symmetric matrix, by numpy's own criterion without its general front."""
    sizes = np.abs(np.linalg.eigvalsh(matrix))
    return bool(sizes.min() > sizes.max() * len(matrix) * np.finfo(np.float64).eps)


def least_squares(x: Floats, y: Floats, cells: Codes | None = None) -> Solved | None:
    """The fit of y (n) on the columns of x (n × k), which are independent; rows of x that are equal are replicates,
    which `cells_of(x)` numbers.

    Without ten degrees of freedom within the conditions the errors are HC3 (MacKinnon and White 1985): residuals
    divided by 1 - leverage. With them, the error is the pooled variance about the conditions' own means (pure error;
    Box, Hunter and Hunter, Statistics for Experimenters, 10.3), so that what the model leaves out (an interaction) does
    not count as noise. A variance for each condition would fit unequal ones better, but with six records in each, three
    in a hundred null interactions were found. None where no degree of freedom is left, or a record is fitted exactly.
    """
    n, k = x.shape
    df = n - k
    if df < 1:
        return None
    inverse = np.asarray(np.linalg.inv(x.T @ x), dtype=np.float64)
    leverage = np.einsum("ij,ij->i", x @ inverse, x)
    if float(leverage.max()) > 1 - 1e-9:  # a level with one record leaves none
        return None
    params = inverse @ (x.T @ y)
    residuals = y - x @ params
    squares = float(residuals @ residuals)
    sigma = math.sqrt(squares / df)
    cell = cells_of(x) if cells is None else cells
    counts = np.bincount(cell)
    pure = n - len(counts)
    if pure < _MIN_REPLICATES:
        meat = x * (residuals / (1 - leverage))[:, None]
        cov = inverse @ (meat.T @ meat) @ inverse
        return Solved(params, cov, float(df), sigma, residuals, "HC3", (sigma, float(df)), None)
    within = y - (np.bincount(cell, weights=y) / counts)[cell]
    inside = float(within @ within)
    cov = inverse * (inside / pure)
    lack = None
    if df > pure and inside > 0:
        statistic = max(squares - inside, 0.0) / (df - pure) / (inside / pure)
        lack = float(special.fdtrc(df - pure, pure, statistic))
    noise = math.sqrt(inside / pure), float(pure)
    return Solved(params, cov, float(pure), sigma, residuals, "replicates", noise, lack)


def cells_of(x: Floats) -> Codes:
    """A number a row, equal for equal rows of zeros and ones."""
    packed = np.packbits(x.astype(bool), axis=1)
    rows = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    return np.unique(rows, return_inverse=True)[1].reshape(-1)
