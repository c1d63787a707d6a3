"""The resources: one module each, the views and what they are documented by."""
