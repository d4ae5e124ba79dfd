"""The program that makes and renews the servers' certificates and the bearer token.

It is not a hook: it calls the local API server, with a service account that may write those Secrets
and the webhook's configuration.
"""
