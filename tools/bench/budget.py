"""The time budget of a run: whether a request may still be sent, and how long it may take.

A run ends at most the length of one request after its budget. Nothing is sent that would end later by what is known of
requests of its kind; one that takes longer than any before it is cut off when the longest would have ended. Where the
model was loaded within the budget, one request is measured, also where warming up has used the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

GRACE_S = 5.0  # for a request of whose kind nothing is known yet
LEAST_S = 1.0  # that any request gets


@dataclass(slots=True)
class Budget:
    total_s: float
    timeout_s: float  # of a request, whatever the budget
    elapsed: Callable[[], float]  # seconds since the run began
    measured: bool = False  # whether a request was
    owed: bool = False  # whether the model was loaded in time
    longest: dict[str, float] = field(default_factory=dict)  # phase → seconds

    def left_s(self) -> float:
        """Seconds that are left; below 0 when it is over."""
        return self.total_s - self.elapsed()

    def over(self) -> bool:
        """Whether nothing may be sent any more."""
        return self.left_s() < 0 and (self.measured or not self.owed)

    def holds(self, phase: str) -> bool:
        """Whether a request of this phase is expected to end in time; before anything was measured, it is tried."""
        return not self.over() and (not self.measured or self.left_s() >= self.longest.get(phase, 0.0))

    def loaded(self) -> None:
        """The model is there: where that is in time, a request is measured."""
        self.owed = self.owed or self.left_s() >= 0

    def took(self, phase: str, seconds: float) -> None:
        self.longest[phase] = max(self.longest.get(phase, 0.0), seconds)

    def limit_s(self, phase: str) -> float:
        """Seconds that a request of this phase may take."""
        if phase == "warmup" and not self.measured:
            most = self.left_s()  # it makes way for the request that it warms up for
        elif phase == "measure" and not self.measured:
            most = self.timeout_s
        else:
            most = self.left_s() + max(self.longest.get(phase, 0.0), GRACE_S)
        return max(min(self.timeout_s, most), LEAST_S)

    def goes_on_without(self, phase: str) -> bool:
        """Whether a request of this phase that the budget has cut off leaves one that is still to be measured."""
        return phase == "warmup" and self.owed and not self.measured
