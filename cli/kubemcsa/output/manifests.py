"""Kubernetes objects as YAML or JSON, and files with mode 0600 for those with tokens."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import yaml

from kubemcsa.errors import KubemcsaError

STDOUT = "-"


class _Dumper(yaml.SafeDumper):
    """Writes no aliases (`&id001`, `*id001`): a manifest says each value where it counts."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def dump(value: dict[str, Any], output: str) -> str:
    """A JSON object as `yaml` or `json`, without a last line break."""
    if output == "json":
        return json.dumps(value, indent=2)
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False).rstrip("\n")


def documents(objects: list[dict[str, Any]]) -> str:
    """Objects as one YAML document each."""
    return yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False)


def as_list(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Kubernetes objects as one of kind List."""
    return {"apiVersion": "v1", "kind": "List", "items": objects}


@contextmanager
def private(path: str) -> Iterator[IO[str]]:
    """A file opened with mode 0600 that replaces `path` atomically at the end of the block.

    An exception in the block leaves `path` as it was. KubemcsaError, before the block, if the file
    can't be written. `-` is standard output.
    """
    if path == STDOUT:
        yield sys.stdout
        return
    file = Path(path)
    partial = file.with_name(f".{file.name}.partial")
    try:
        if file.exists() and not file.is_file():
            raise KubemcsaError(f"cannot write {path}: it is not a regular file.")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as writer:
            yield writer
        partial.replace(file)
    except OSError as error:
        raise KubemcsaError(f"cannot write {path}: {error.strerror}.") from error
    finally:
        if partial.parent.is_dir():
            partial.unlink(missing_ok=True)
