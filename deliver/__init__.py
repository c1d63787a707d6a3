"""Delivery of changes to webhooks: the process `plan-indicators deliver`."""
