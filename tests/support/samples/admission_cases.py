"""What pods ask for, and what they get: a new file in PODS is a new case."""

from support import ROOT

PODS = ROOT / "tests" / "hooks" / "admission" / "pods"
"""Each pod beside the patch that it gets, in the namespace `default`."""
NAMES = sorted(file.stem for file in PODS.glob("*.yaml") if not file.stem.endswith(".patch"))

NO_NAME = (
    "annotation multicluster.admiralty.io/service-account-import.name has {}, which can't be the"
    " name of an import: give names of ServiceAccountImports, separated by commas."
)
TOO_MANY = (
    "annotation multicluster.admiralty.io/service-account-import.name names {} imports, and a pod"
    " can have at most 32."
)
TOO_LONG = (
    "annotation multicluster.admiralty.io/service-account-import.name has {} characters, and can"
    " have at most 4096: give it only the names of the imports, each once."
)
REFUSED = {
    "a b": NO_NAME.format('"a b"'),
    "good, Bad": NO_NAME.format('"Bad"'),
    "../../etc/passwd": NO_NAME.format('"../../etc/passwd"'),
    "a/b": NO_NAME.format('"a/b"'),
    "-a": NO_NAME.format('"-a"'),
    "a..b": NO_NAME.format('"a..b"'),
    "x" * 64: NO_NAME.format(f'"{"x" * 64}"'),
    "x" * 300: NO_NAME.format(f'"{"x" * 80}..."'),
    "héron": NO_NAME.format(r'"h\u00e9ron"'),
    "１": NO_NAME.format(r'"\uff11"'),  # noqa: RUF001 - a digit of another kind
    "\xa0a": NO_NAME.format(r'"\u00a0a"'),
    'a"\n\x1b[2J': NO_NAME.format(r'"a\"\n\u001b[2J"'),
    ",".join(f"n{number}" for number in range(33)): TOO_MANY.format(33),
    ",".join(f"n{number}" for number in range(500)): TOO_MANY.format(500),
    "a," * 33: TOO_MANY.format(33),
    "," * 4097: TOO_LONG.format(4097),
    ",".join(f"n{number}" for number in range(9000)): TOO_LONG.format(52889),
}
"""Annotations, each with the message of its refusal."""
