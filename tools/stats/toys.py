"""Models that stand in for a model: random weights, dummies and echoes, which a pipeline is tried out with.

What they reach says how fast a pipeline is without a model in it, so they lead no order of models.
"""

from __future__ import annotations

import re

_TOY = re.compile(
    r"(?:^|[\W_])(?:tiny[-_ ]?random|random[-_ ]?(?:weights?|init)|(?:test|demo|dummy|mock|fake|toy|stub)[-_ ]?"
    r"(?:model|llm|gpt\w*|llama|engine|server|backend)|dummy|mock|stub|trl-internal-testing|hf-internal-testing|"
    r"sshleifer)(?:$|[\W_])",
    re.IGNORECASE,
)


def is_toy(name: str) -> bool:
    """Whether a model's name says that it is none: `tiny-random-gpt2`, `mock-llm`, `hf-internal-testing/…`."""
    return bool(_TOY.search(name))
