"""Plans in and out of the store: their rows, what differs, what is reported."""
