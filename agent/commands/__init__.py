"""One command a file: its options, what it prints, its exit code. `agent.cli` puts them together."""
