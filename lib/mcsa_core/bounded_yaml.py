"""YAML of strangers, read in bounded time."""

from typing import Any

import yaml

_MAX_TOKENS = 4096
_MAX_DEPTH = 32


class BoundedYamlError(ValueError):
    """What is the matter, as the end of a sentence that begins with the text's name."""


class _Loader(yaml.SafeLoader):
    """Refuses what takes more than its share of time, and what makes constructors raise anything.

    Aliases make a small text huge; the scanner's look-ahead is quadratic in the depth.
    """

    _tokens = 0

    def fetch_more_tokens(self) -> None:
        self._tokens += 1
        if self._tokens > _MAX_TOKENS or self.flow_level > _MAX_DEPTH:
            raise BoundedYamlError("has too many parts")
        super().fetch_more_tokens()

    def fetch_alias(self) -> None:
        raise BoundedYamlError("has a YAML alias, which is not allowed")

    def fetch_tag(self) -> None:
        raise BoundedYamlError("has a YAML tag, which is not allowed")


def _number(_loader: _Loader, _node: yaml.Node) -> int:
    return 1


# No field here is a number, and to read one of YAML 1.1's (1:59:59) is quadratic in its length.
_Loader.add_constructor("tag:yaml.org,2002:int", _number)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def load(text: str) -> Any:
    """The value of a YAML document; whatever is a number is 1. BoundedYamlError says why not.

    It takes less than 0.1 s of CPU for 64 KiB, whatever they are.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except BoundedYamlError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BoundedYamlError("is not YAML") from None
