"""Measure the service over HTTP against its peers and the limits of its servers."""
