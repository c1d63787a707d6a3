"""What the sentences of a plan say: words, numbers, units, frames."""
