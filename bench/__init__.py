"""Measurements: how fast the service answers beside its peers, and how well documents are read."""
