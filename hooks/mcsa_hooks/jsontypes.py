"""Checks of JSON values: an object, a list, a string, or MalformedError."""

from typing import Any

Object = dict[str, Any]


class MalformedError(ValueError):
    """The request is malformed: Kubernetes and Metacontroller never send such a request."""


def mapping(value: object) -> Object:
    """`value`, which is a JSON object, or MalformedError."""
    if not isinstance(value, dict):
        raise MalformedError
    return value


def items(value: object) -> list[Any]:
    """`value`, which is a list, null or absent, or MalformedError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedError
    return value


def objects(value: object) -> list[Object]:
    """`value`, which is a list of JSON objects, null or absent, or MalformedError."""
    return [mapping(item) for item in items(value)]


def string(value: object) -> str:
    """`value`, which is a string, or MalformedError."""
    if not isinstance(value, str):
        raise MalformedError
    return value


def strings(values: list[Object], key: str) -> set[str]:
    """The values of `key` in all `values`; MalformedError unless each is a string."""
    return {string(value.get(key)) for value in values}
