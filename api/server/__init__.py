"""The gunicorn worker; nothing else knows gunicorn."""
