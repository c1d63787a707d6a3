"""Webhooks are told here, by a process of its own: `plan-indicators deliver`."""
