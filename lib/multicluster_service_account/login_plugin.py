"""Why a login plugin (`exec` in a kubeconfig) gave no credential, in its own words."""

import logging
import re
import shutil
import threading
from typing import Self

_SHOWN = 1000
_EXIT = re.compile(r"exec: process returned (-?\d+)(?:\. (.*))?", re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Tokens are one long word. URLs, which a user may have to open, have other characters too.
_TOKEN = re.compile(r"[\w.~+=-]{80,}")


class PluginLog(logging.Handler):
    """What the official client logs in this thread for as long as the `with` block lasts.

    It tells of a plugin's failure only there, by the root logger.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of a record."""
        if record.thread == self._thread:
            self.messages.append(record.getMessage())

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_raised: object) -> None:
        logging.getLogger().removeHandler(self)


def failure(plugin: object, messages: list[str], advice: str) -> str:
    """What is the matter with `plugin` and what to do, where the official client logs `messages`.

    What the plugin wrote to standard error is the end of it: on one line, without control
    characters and tokens, and at most its last 1,000 characters.
    """
    if not (isinstance(plugin, dict) and plugin.get("command") and plugin.get("apiVersion")):
        return f"its login plugin (exec) has no command or no apiVersion: set them, or {advice}."
    command = str(plugin["command"])
    title = f"its login plugin {command}"
    if not shutil.which(command):
        hint = shown(str(plugin.get("installHint") or "")) or "install it, or correct its path."
        return f"{title} is not installed here, not on PATH or not executable: {hint}"
    message = messages[-1] if messages else ""
    if match := _EXIT.fullmatch(message):
        code, output = match[1], shown(match[2] or "")
        if output:
            return f"{title} failed with exit code {code} ({advice}) and printed: {output}"
        return f"{title} failed with exit code {code}; see what it printed, and {advice}."
    if message.startswith("exec: "):
        version = plugin["apiVersion"]
        return f"{title} printed no credential of apiVersion {version}: update it, or {advice}."
    # On a terminal the plugin writes there itself, and the official client can't say more.
    return f"{title} failed; see what it printed, and {advice}."


def shown(text: str) -> str:
    """`text` as one line that is safe to show."""
    text = _TOKEN.sub("...", _COLOUR.sub("", text))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _SHOWN else f"... {text[-_SHOWN:]}"
