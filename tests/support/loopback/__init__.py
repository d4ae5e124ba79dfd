"""Servers, proxies and clients on the loopback, good ones and hostile ones."""
