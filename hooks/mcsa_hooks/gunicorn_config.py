"""How gunicorn serves both applications: `gunicorn -c python:mcsa_hooks.gunicorn_config ...`."""

worker_class = "gevent"
workers = 1
worker_connections = 1000

# Go clients keep idle connections for 90 s; a server that hangs up first fails their next request.
keepalive = 120
# An idle kept-alive connection holds the shutdown for all of this.
graceful_timeout = 5
# It would be made under $HOME, which is read-only in the image.
control_socket_disable = True
