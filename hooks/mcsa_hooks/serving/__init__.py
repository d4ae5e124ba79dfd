"""gunicorn's worker, TLS, logs and metrics for any application: no module here knows the hooks."""
