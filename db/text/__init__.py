"""Text search: how text is folded, and how rows with words are found."""
