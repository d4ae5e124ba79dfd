"""The shapes that JSON from the API server must have where it is read."""

from typing import Any

Object = dict[str, Any]


class MalformedReviewError(ValueError):
    """The request is not one that an API server would send."""


def mapping(value: object) -> Object:
    """`value`, which is a JSON object, or MalformedReviewError."""
    if not isinstance(value, dict):
        raise MalformedReviewError
    return value


def objects(value: object) -> list[Object]:
    """`value`, which is a list of JSON objects, null or absent, or MalformedReviewError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedReviewError
    return [mapping(item) for item in value]
