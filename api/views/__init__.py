"""Views: one module for each resource."""
