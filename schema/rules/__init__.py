"""The rules of a plan, and what may be done with its facts."""
