"""What tools call the number of requests that failed, that succeeded, and that were sent."""

from __future__ import annotations

import re

from chimera_report.tools.metrics import normalise

FAILED = re.compile(
    r"(?:num(?:ber)?_|n_|total_)?(?:failed|failures|errored|errors|unsuccessful)(?:_?(?:requests|count|runs|prompts|samples|total|tasks|calls|queries|jobs))?|"
    r"(?:requests|runs)_(?:failed|errored)|(?:error|failure|fail)_count|(?:num_|n_)requests_failed"
)
DONE = re.compile(
    r"(?:num(?:ber)?_|n_|total_)?(?:completed|successful|succeeded)(?:_(?:requests|tasks|calls|queries|jobs|prompts))?|(?:requests|runs|tasks|calls)_(?:completed|succeeded|"
    r"successful)|success_count|(?:num_|n_)success(?:es)?"
)
ALL = re.compile(
    r"(?:num(?:ber)?_|n_|total_)(?:requests|prompts)|requests?_(?:total|count|sent)|(?:num_)?total_requests|attempted(?:_requests)?|request_count|"
    r"(?:num_|n_)requests_(?:started|sent|total)|(?:num_|n_|total_)?(?:items|questions|tasks)"
)


def counts_failures(label: str) -> bool:
    """Whether a header names one of these numbers, so that the failures of its records are told from it."""
    name = normalise(label)
    return any(pattern.fullmatch(name) for pattern in (FAILED, DONE, ALL))
