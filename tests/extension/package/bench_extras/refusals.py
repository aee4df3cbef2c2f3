"""A metric: the keys of one table of tools/metrics.toml."""

REFUSAL_RATE = {
    "title": "refusal rate",
    "unit": "share",
    "better": "lower",
    "definition": "requests that the model refused / requests",
    "aliases": ["refusals"],
}
