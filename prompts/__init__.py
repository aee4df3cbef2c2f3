"""What the model is told: Markdown templates, no code."""
