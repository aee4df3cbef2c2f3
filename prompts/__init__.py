"""What the model is told: Markdown templates and few-shot examples, no code."""
