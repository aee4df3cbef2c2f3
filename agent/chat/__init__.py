"""Follow-up questions on a finished report: a saved report and a thread come in, checked answers go out."""
