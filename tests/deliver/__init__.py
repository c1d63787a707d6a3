"""Tests of webhooks as they are told."""
