"""Score the reader on labelled passages."""
