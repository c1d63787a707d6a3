"""The change log: what changed, what became of a thing, the store as it stood."""
