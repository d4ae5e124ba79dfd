"""The house: product files and functions are short, and values are named after what they hold."""

import ast
from collections.abc import Iterator

from support import ROOT

PRODUCT = ("lib", "hooks", "cli")
MAX_FILE = 150
MAX_FUNCTION = 40
VAGUE = {"found", "got", "one", "its", "said"}


def sources() -> Iterator[tuple[str, str]]:
    """The path and the text of each product file."""
    for folder in PRODUCT:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield str(file.relative_to(ROOT)), file.read_text()


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for path, text in sources():
        for node in ast.walk(ast.parse(text)):
            yield path, node


def bound_names(node: ast.AST) -> set[str]:
    """The names of variables, parameters and attributes that `node` itself has."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return {name}
        case ast.keyword(arg=str(name)) | ast.ExceptHandler(name=str(name)):
            return {name}
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return set(names)
        case ast.alias(asname=str(name)):
            return {name}
    return set()


def test_there_is_a_product() -> None:
    assert len(list(sources())) > 60


def test_no_file_is_long() -> None:
    lengths = {path: len(text.splitlines()) for path, text in sources()}
    assert [f"{path}: {length}" for path, length in lengths.items() if length > MAX_FILE] == []


def test_no_function_is_long() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert [f"{name}: {lines}" for name, lines in lengths.items() if lines > MAX_FUNCTION] == []


def test_names_say_what_they_hold() -> None:
    offenders = [
        f"{path}:{getattr(node, 'lineno', '?')} {name}"
        for path, node in nodes()
        for name in sorted(bound_names(node))
        if name.strip("_") in VAGUE
    ]
    assert offenders == []
