"""The hooks, in this process or over HTTP: JSON in, JSON out."""

import json
from collections.abc import Callable
from typing import Any

import click

Hooks = Callable[[str, Any], Any]
"""Posts a JSON value to a path and returns the answer's."""


def hooks(url: str | None, ca_file: str | None, token_file: str | None) -> Hooks:
    """The hooks at `url`, or those of this process if it is None."""
    return _remote(url, ca_file, token_file) if url else _embedded()


def _embedded() -> Hooks:
    try:
        import mcsa_hooks.sync  # noqa: PLC0415 - an extra, which only this command needs
    except ImportError as error:
        raise click.ClickException(
            "the hooks are not installed here: run pip install"
            " 'multicluster-service-account[hooks]', or add --hooks-url."
        ) from error
    client = mcsa_hooks.sync.app({}).test_client()

    def post(path: str, body: Any) -> Any:
        response = client.post(path, json=body)
        return _answer(path, response.status_code, response.data)

    return post


def _remote(url: str, ca_file: str | None, token_file: str | None) -> Hooks:
    import urllib3  # noqa: PLC0415 - takes longer to import than --help to print

    headers = {"Content-Type": "application/json"}
    try:
        if token_file:
            with open(token_file) as file:  # noqa: PTH123
                headers["Authorization"] = f"Bearer {file.read().strip()}"
    except OSError as error:
        raise click.ClickException(f"cannot read {error.filename}: {error.strerror}.") from error

    pool = urllib3.PoolManager(ca_certs=ca_file)

    def post(path: str, body: Any) -> Any:
        try:
            response = pool.request(
                "POST",
                url.rstrip("/") + path,
                body=json.dumps(body),
                headers=headers,
                redirect=False,
                retries=False,
                timeout=10,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise click.ClickException(
                f"cannot reach the hooks at {url}: {type(error).__name__}."
            ) from error
        return _answer(path, response.status, response.data)

    return post


def _answer(path: str, status: int, content: bytes) -> Any:
    if status != 200:
        raise click.ClickException(f"the hook {path} answers with HTTP status {status}.")
    return json.loads(content)
