"""One file a schema, in the order of their numbers. A released one never changes."""
