"""The peers' side: each the usual way to serve one table in its framework."""
