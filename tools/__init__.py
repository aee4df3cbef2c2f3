"""Deterministic work: no language model, no graph, no printing."""
