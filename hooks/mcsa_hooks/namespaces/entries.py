"""The annotation of a namespace: a list of service accounts to import."""

from collections.abc import Collection
from dataclasses import dataclass

from mcsa_core.names import is_import_name, is_label, is_subdomain

MAX_LENGTH = 4096
_SHOWN_ENTRIES = 10
_SHOWN_LENGTH = 100


@dataclass(frozen=True)
class Entry:
    """A service account to import: CLUSTER/NAMESPACE/NAME."""

    cluster: str
    namespace: str
    name: str

    @property
    def import_name(self) -> str:
        """The name of its import."""
        return f"{self.cluster}-{self.namespace}-{self.name}"


def parse(annotation: str, foreign_imports: Collection[str]) -> tuple[list[Entry], str | None]:
    """The good entries of `annotation`, and a text on the bad ones; None if there are no bad ones.

    An entry is bad if `foreign_imports` has the name of its import. Of two entries that give the
    same name the first counts. Only whole entries within the first MAX_LENGTH characters count: the
    policy refuses longer annotations, but the annotation may be older than the policy.
    """
    by_import_name: dict[str, Entry] = {}
    problems: list[str] = []
    if len(annotation) > MAX_LENGTH:
        problems.append(
            f"of {len(annotation)} characters the first {MAX_LENGTH} count, the rest is skipped"
        )
        annotation = annotation[: MAX_LENGTH + 1].rpartition(",")[0]
    for text in dict.fromkeys(filter(None, map(str.strip, annotation.split(",")))):
        entry = _entry(text)
        if entry is None:
            problems.append(f"{_shown(text)} is not CLUSTER/NAMESPACE/NAME")
        elif not is_import_name(entry.import_name):
            problems.append(f"{_shown(text)} gives a name of more than 63 characters")
        elif entry.import_name in by_import_name:
            problems.append(f"{_shown(text)} gives the same name as another, {entry.import_name}")
        elif entry.import_name in foreign_imports:
            problems.append(f"{_shown(text)} is skipped, as there is an import {entry.import_name}")
        else:
            by_import_name[entry.import_name] = entry
    return list(by_import_name.values()), _text(problems)


def _entry(text: str) -> Entry | None:
    parts = text.split("/")
    if len(parts) != 3:
        return None
    cluster, namespace, name = parts
    if not (is_import_name(cluster) and is_label(namespace) and is_subdomain(name)):
        return None
    return Entry(cluster, namespace, name)


def _text(problems: list[str]) -> str | None:
    if len(problems) > _SHOWN_ENTRIES:
        rest = f"{len(problems) - _SHOWN_ENTRIES} more are bad"
        problems = [*problems[:_SHOWN_ENTRIES], rest]
    return "; ".join(problems) or None


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}...")
