"""YAML from untrusted sources, parsed in bounded time."""

from typing import Any

import yaml

_MAX_TOKENS = 4096
_MAX_DEPTH = 32


class BoundedYamlError(ValueError):
    """Why the text is refused: the end of a sentence that begins with the text's name."""


class _Loader(yaml.SafeLoader):
    """A SafeLoader that refuses aliases, tags, and texts with many tokens or deep nesting.

    Aliases make a small text huge, constructors raise any error for a bad tag, and the scanner's
    look-ahead takes quadratic time in the depth.
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


def _constant(_loader: _Loader, _node: yaml.Node) -> int:
    return 1


# No field here is a number, and PyYAML takes quadratic time for a long sexagesimal one (1:59:59).
_Loader.add_constructor("tag:yaml.org,2002:int", _constant)
_Loader.add_constructor("tag:yaml.org,2002:float", _constant)


def load(text: str) -> Any:
    """The value of a YAML document, with 1 for each number; BoundedYamlError if it is refused.

    Any 64 KiB take less than 0.1 s of CPU.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except BoundedYamlError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BoundedYamlError("is not YAML") from None
