"""How much work an analysis may do, counted in steps and never in seconds.

Place in the flow: every search of an anatomy takes its limits from a `Budget`; what a limit left
out is said in the notes of the result. A step is one step of the integrator for all trajectories
together, so that the same budget gives the same result on any machine, idle or busy.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits of one anatomy.

    Attributes
    ----------
    starts : trajectories over the box. point_starts : starts of a round of the Newton search for
        fixed points.
    steps : of every trajectory, in looks that double from `first_look` steps on.
    backward_steps : of those with time reversed, which find cycles that repel in the plane.
    exponent_runs, exponent_steps : trajectories and steps for Lyapunov exponents.
    second_look : steps of the look after that, which tells chaos from a long transient.
    shootings : attempts to close a cycle. exact : whether cycles are wanted to eight digits.
    prove : whether the completeness of the fixed points is to be proved.
    """

    starts: int = 64
    point_starts: int = 512
    first_look: int = 80
    steps: int = 6000
    backward_steps: int = 1400
    exponent_runs: int = 32
    exponent_steps: int = 4000
    second_look: int = 1600
    shootings: int = 40
    exact: bool = True
    prove: bool = True


FULL = Budget()
"""For `lrfit analyze`."""
QUICK = Budget(
    starts=32,
    point_starts=128,
    steps=3000,
    backward_steps=600,
    exponent_runs=12,
    exponent_steps=800,
    second_look=600,
    shootings=20,
    exact=False,
)
"""For the look that every fit gets."""
SKETCH = Budget(exponent_steps=0, prove=False)
"""For figures: no exponents."""
