"""Logs as JSON, one object per line."""

import json
import logging
from datetime import UTC, datetime
from typing import Any


class Formatter(logging.Formatter):
    """A log record as one line of JSON, with the entries of its attribute `fields` as keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a newline."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line = line | getattr(record, "fields", {}) | line
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configuration() -> dict[str, Any]:
    """A value for logging.config.dictConfig: all loggers write JSON to stderr."""
    gunicorn = {"level": "INFO", "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": Formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": gunicorn},
    }
