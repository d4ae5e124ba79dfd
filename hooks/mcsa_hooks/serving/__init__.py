"""What gunicorn serves both applications with: TLS, time-outs, logs, metrics; it knows neither."""
