"""The hooks, called in this process or over HTTP: JSON in, JSON out."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubemcsa.api import connection_failure
from kubemcsa.errors import InputError, KubemcsaError
from mcsa_core.access import is_token
from mcsa_core.names import SYSTEM_NAMESPACE

_SECONDS = 10
Hooks = Callable[[str, Any], Any]
"""Posts a JSON value to a path, and returns the JSON value of the reply."""


def hooks(url: str | None, ca_file: str | None, token_file: str | None) -> Hooks:
    """The hooks at `url`, or those of this process if it is None."""
    return _remote(url, ca_file, token_file) if url else _embedded()


def _embedded() -> Hooks:
    try:
        import mcsa_hooks.apps  # noqa: PLC0415 - an extra, which only this command needs
    except ImportError as error:
        raise KubemcsaError(
            "the hooks are not installed here: install kubemcsa with its extra, as by pip install"
            " '.[hooks]' in a clone, or add --hooks-url."
        ) from error
    client = mcsa_hooks.apps.sync_app({}).test_client()

    def post(path: str, body: Any) -> Any:
        # kubemcsa sync prints the outcome, which the hooks would log too.
        logging.disable()
        try:
            response = client.post(path, json=body)
        finally:
            logging.disable(logging.NOTSET)
        return _json(path, response.status_code, response.data)

    return post


def _remote(url: str, ca_file: str | None, token_file: str | None) -> Hooks:
    import urllib3  # noqa: PLC0415 - takes longer to import than --help to print

    if not url.startswith(("http://", "https://")):
        raise InputError(
            f"--hooks-url {url} is no URL: it begins with http:// or https://, as in"
            " --hooks-url http://127.0.0.1:8080"
        )
    headers = {"Content-Type": "application/json"}
    if token_file:
        headers["Authorization"] = f"Bearer {_token(token_file)}"
    pool = urllib3.PoolManager(ca_cert_data=_text(ca_file) if ca_file else None)

    def post(path: str, body: Any) -> Any:
        try:
            response = pool.request(
                "POST",
                url.rstrip("/") + path,
                body=json.dumps(body),
                headers=headers,
                redirect=False,
                retries=False,
                timeout=_SECONDS,
            )
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            cause = connection_failure.describe(error, _SECONDS).cause
            raise KubemcsaError(
                f"cannot reach the hooks at {url}: {cause}; see whether they run, whether the port"
                " is forwarded, and whether --hooks-url and --hooks-ca-file are right."
            ) from error
        return _json(path, response.status, response.data)

    return post


def _token(file: str) -> str:
    token = _text(file).strip()
    if not is_token(token):
        raise KubemcsaError(
            f"{file} holds no bearer token, which is one word: write one that is"
            " in the file MCSA_BEARER_TOKEN_FILE of the hooks into it."
        )
    return token


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise KubemcsaError(
            f"cannot read {file} ({reason}): correct the path, or put the file there."
        ) from error


def _json(path: str, status: int, content: bytes) -> Any:
    if status == 401:
        raise KubemcsaError(
            "the hooks take no call without their bearer token (HTTP status 401): add"
            f" --hooks-token-file FILE, where kubectl -n {SYSTEM_NAMESPACE} get secret"
            " mcsa-hooks-token -o jsonpath={.data.token} | base64 -d > FILE has written it."
        )
    if status != 200:
        # All other requests that the hooks refuse are faults of kubemcsa.
        raise KubemcsaError(
            f"the hook {path} answers with HTTP status {status}: see whether --hooks-url is that of"
            " hooks of this release."
        )
    try:
        return json.loads(content)
    except ValueError:
        raise KubemcsaError(
            f"the hook {path} does not answer in JSON: see whether the URL is that of the hooks."
        ) from None
