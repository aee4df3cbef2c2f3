"""A format, a metric, a kind of statement and a runtime for chimera-report."""
