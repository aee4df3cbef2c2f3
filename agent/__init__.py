"""The agent: whatever knows the model, the graph or the user."""
