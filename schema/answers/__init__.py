"""Answers that are not a resource: changes, differences, outlines, searches."""
