"""Measurements: how well documents are read, how fast the service answers."""
