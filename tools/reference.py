"""`python -m tools.reference` writes docs/commands.md, and the fields in docs/reference.md."""

import html
import re
from collections.abc import Iterator
from typing import Any

import click
import yaml

from kubemcsa.main import command, main
from support import ROOT

COMMANDS = ROOT / "docs" / "commands.md"
REFERENCE = ROOT / "docs" / "reference.md"
FIELDS = re.compile(r"(<!-- fields -->\n).*?(<!-- end of fields -->)", re.DOTALL)
CONDITION = "as in other conditions of Kubernetes"
"""What is said of fields without a description, which are those of conditions."""
INTRODUCTION = """\
# Commands

The commands of `kubemcsa`, which is also `kubectl mcsa`: what `--help` says, without the examples.
[Clusters](clusters.md) has commands with what they print. The *target* is the cluster where the
pods run, the *source* is the cluster that they call. Written by `make reference`.
"""


def commands() -> str:
    """The page on the commands."""
    context = click.Context(main)
    return "\n".join([INTRODUCTION, *(section(command(n)) for n in main.list_commands(context))])


def section(only: click.Command) -> str:
    """What the help of a command says, and a table of its options."""
    paragraphs = [paragraph.strip() for paragraph in (only.help or "").split("\n\n")]
    help_texts = [text(p) for p in paragraphs if not p.startswith(("\b", "Example"))]
    context = click.Context(only)
    words = [word for word in only.collect_usage_pieces(context) if word != "[OPTIONS]"]
    parts = [f"## {only.name}", *help_texts]
    if words:
        parts.append(f"Arguments: `{' '.join(words)}`")
    records = [p.get_help_record(context) for p in only.params if isinstance(p, click.Option)]
    if rows := [row(f"`{name}`", text(told)) for name, told in filter(None, records)]:
        parts.append("\n".join(["| option | what it does |", "| --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def fields() -> str:
    """A table of all fields of a ServiceAccountImport."""
    definition = yaml.safe_load((ROOT / "deploy" / "crd.yaml").read_text())
    [version] = definition["spec"]["versions"]
    properties = version["schema"]["openAPIV3Schema"]["properties"]
    rows = [
        row(f"`{path}`", kind(schema, required=required), text(schema.get("description", "")))
        for top in ("spec", "status")
        for path, schema, required in walk(top, properties[top])
    ]
    return "\n".join(["| field | type | what it says |", "| --- | --- | --- |", *rows, ""])


def walk(path: str, schema: Any) -> Iterator[tuple[str, Any, bool]]:
    """The path and the schema of each field below, and whether it is required."""
    for name, field in schema.get("properties", {}).items():
        below = f"{path}.{name}"
        yield below, field, name in schema.get("required", ())
        yield from walk(below, field)
        yield from walk(f"{below}[]", field.get("items", {}))


def kind(schema: Any, *, required: bool) -> str:
    """Its type and bounds in words."""
    item = schema.get("items") or schema.get("additionalProperties") or {}
    name = schema.get("format", "string") if schema["type"] == "string" else schema["type"]
    texts = [f"{name} of {item['type']}s" if item else name]
    sizes = (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
        ("minProperties", "maxProperties", " entries"),
    )
    texts += bounds(schema, sizes)
    texts += [f"{bound} each" for bound in bounds(item, sizes)]
    if "default" in schema:
        texts.append(f"default {schema['default']}")
    return ", ".join([*texts, "required"] if required else texts)


def bounds(schema: Any, sizes: tuple[tuple[str, str, str], ...]) -> Iterator[str]:
    """Such as "1 to 63 characters"."""
    for least, most, unit in sizes:
        if most in schema:
            start = f"{schema[least]} to" if least in schema else "at most"
            yield f"{start} {schema[most]}{unit}"


def row(*cells: str) -> str:
    """A row of a table."""
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def text(words: str) -> str:
    """`words` as one line of Markdown; what could be HTML or mathematics is escaped."""
    line = html.escape(" ".join(words.split()), quote=False)
    return line.replace("\\", "&#92;").replace("$", "&#36;") or CONDITION


def reference() -> str:
    """The reference with the fields that there are now."""
    return FIELDS.sub(lambda match: match[1] + fields() + match[2], REFERENCE.read_text())


if __name__ == "__main__":
    COMMANDS.write_text(commands())
    REFERENCE.write_text(reference())
