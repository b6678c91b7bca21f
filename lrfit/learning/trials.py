"""Trials that a network is trained or judged on, as arrays with time first.

Place in the flow: a `LearningTask` draws them, `gradient` runs a network through them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[Any]
"""An array of float32 or float64; complex where a derivative is taken by a complex step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskTrials:
    """P trials of T steps, with U inputs and K outputs.

    inputs : (T, P, U), u[t] of the step from x[t] to x[t + 1]. targets : (T, P, K), y[t] of the
    outputs after that step. mask : (T, P, K), weights of the squared errors, at least zero.
    answers : (T, P, K), what the outputs must agree with. judged : (T, P, K), whether they must.
    """

    inputs: Floats
    targets: Floats
    mask: Floats
    answers: Floats
    judged: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many trials P."""
        return int(self.inputs.shape[1])

    def of_type(self, dtype: DTypeLike) -> TaskTrials:
        """The same trials in another precision."""
        return replace(
            self,
            inputs=self.inputs.astype(dtype),
            targets=self.targets.astype(dtype),
            mask=self.mask.astype(dtype),
        )

    def part(self, first: int, last: int) -> TaskTrials:
        """Trials from `first` to before `last`."""
        return self.chosen(np.arange(first, min(last, self.count)))

    def chosen(self, which: NDArray[np.intp]) -> TaskTrials:
        """The trials of these numbers."""
        return TaskTrials(
            inputs=np.ascontiguousarray(self.inputs[:, which]),
            targets=np.ascontiguousarray(self.targets[:, which]),
            mask=np.ascontiguousarray(self.mask[:, which]),
            answers=np.ascontiguousarray(self.answers[:, which]),
            judged=np.ascontiguousarray(self.judged[:, which]),
        )
