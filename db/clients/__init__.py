"""What is kept of those who call the service: keys, repeated requests, counts, webhooks."""
