import json
import logging
import sys

from mcsa_hooks.serving import logs


def record(text: str, *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("mcsa", logging.WARNING, __file__, 1, text, args, None)
    made.created = 1_800_000_000.125
    if fields:
        made.fields = fields
    return made


def line(made: logging.LogRecord) -> dict[str, object]:
    [text] = logs.Formatter().format(made).splitlines()
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line() -> None:
    assert line(record("%s:\nno", "a", reason="b")) == {
        "time": "2027-01-15T08:00:00.125+00:00",
        "level": "warning",
        "logger": "mcsa",
        "message": "a:\nno",
        "reason": "b",
    }


def test_fields_replace_nothing_and_can_be_anything() -> None:
    found = line(record("said", message="other", level="other", what=b"bytes"))
    assert (found["message"], found["level"], found["what"]) == ("said", "warning", "b'bytes'")


def test_an_exception_is_one_line_too() -> None:
    made = record("failed")
    try:
        int("bad")
    except ValueError:
        made.exc_info = sys.exc_info()
    found = line(made)
    assert found["message"] == "failed"
    assert str(found["exception"]).endswith("base 10: 'bad'")
