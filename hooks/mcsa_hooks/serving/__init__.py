"""The servers: TLS, slow clients, logs and metrics; nothing here knows what is served."""
