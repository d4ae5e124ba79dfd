"""Recipes of spec.secrets: what the hooks take, with a page each that names the same commands."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import KIND
from mcsa_hooks.serviceaccountimports import other_secrets, request, secret_template, variables
from support import ROOT

DOCUMENT = (ROOT / "docs" / "formats.md").read_text()
REASONS = (ROOT / "docs" / "troubleshooting.md").read_text()
RECIPES = sorted((ROOT / "deploy" / "examples" / "consumers").glob("*.yaml"))
NAMES = [recipe.stem for recipe in RECIPES]


def imports(text: str) -> list[Any]:
    return [manifest for manifest in yaml.safe_load_all(text) if manifest["kind"] == KIND]


def page(recipe: Path) -> str:
    return (ROOT / "docs" / "consumers" / f"{recipe.stem}.md").read_text()


def commands(lines: str) -> list[str]:
    """The commands of a script, with continuation lines joined."""
    return re.sub(r" *\\\n\s*", " ", lines).splitlines()


def parsed(manifest: Any) -> request.ServiceAccountImport:
    metadata = manifest["metadata"] | {"uid": "uid"}
    return request.parse_import({"parent": manifest | {"metadata": metadata}})


def test_each_recipe_has_a_page_and_a_row() -> None:
    rows = re.findall(
        r"consumers/([\w-]+)\.yaml\) \| \[[^]]+\]\(consumers/([\w-]+)\.md\)", DOCUMENT
    )
    assert [recipe for recipe, _ in rows] == [page for _, page in rows]
    assert sorted(recipe for recipe, _ in rows) == NAMES
    assert sorted(page.stem for page in (ROOT / "docs" / "consumers").iterdir()) == NAMES


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_a_recipe_is_what_the_hooks_take(recipe: Path) -> None:
    """Its Secrets hold the token, and no variable is left."""
    endpoint = Endpoint("https://cluster2.example:6443", "-----BEGIN CERTIFICATE-----\n")
    access = Access(endpoint, "a.b.c", "default")
    for manifest in imports(recipe.read_text()):
        sai = parsed(manifest)
        assert sai.templates
        assert sai.cluster == "cluster2"
        values = variables.values(sai, access)
        for template in sai.templates:
            texts = [
                variables.expand(parts, values, other_secrets.MAX_DATA) or ""
                for parts in template.data.values()
            ]
            assert "a.b.c" in "".join(texts)
            assert "$(" not in "".join(texts)
            for text in texts:
                assert not text.startswith("{") or json.loads(text)


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_a_page_has_the_recipes_commands(recipe: Path) -> None:
    """It makes the account that is imported, lets cluster1 import it, and applies the recipe."""
    text = recipe.read_text()
    header = "".join(f"{line}\n" for line in re.findall(r"^#   (.*)", text, re.MULTILINE))
    scripts = "\n".join(re.findall(r"```sh\n(.*?)```", page(recipe), re.DOTALL))
    assert set(commands(header)) <= set(commands(scripts))
    [bootstrap] = [line for line in commands(scripts) if line.startswith("kubemcsa bootstrap ")]
    accounts = [f"{sai['spec']['namespace']}/{sai['spec']['name']}" for sai in imports(text)]
    assert re.findall(r"--service-account (\S+)", bootstrap) == accounts
    assert f" apply -f deploy/examples/consumers/{recipe.name}\n" in scripts
    assert "[How such Secrets work](../formats.md)" in " ".join(page(recipe).split())


def test_example_of_the_document() -> None:
    """It is the recipe for Argo CD, with a config that is short enough to be read."""
    [recipe] = imports((RECIPES[NAMES.index("argo-cd")]).read_text())
    [template] = recipe["spec"]["secrets"]
    [example] = imports(re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)[0])
    config = json.loads(template["data"].pop("config"))
    [secret] = example["spec"]["secrets"]
    short = json.loads(secret["data"].pop("config"))
    assert short["bearerToken"] == config["bearerToken"]
    assert short["tlsClientConfig"].items() <= config["tlsClientConfig"].items()
    assert secret == template
    assert example["spec"] | {"secrets": [template]} == recipe["spec"]
    assert example["metadata"] == recipe["metadata"]


def test_variables_of_the_document() -> None:
    assert tuple(re.findall(r"^\| `\$\(([\w.]+)\)` \|", DOCUMENT, re.MULTILINE)) == (
        secret_template.VARIABLES
    )


def test_limits_of_the_document() -> None:
    text = " ".join(DOCUMENT.split())
    [version] = yaml.safe_load((ROOT / "deploy" / "crd.yaml").read_text())["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    data = spec["secrets"]["items"]["properties"]["data"]
    secrets, entries = spec["secrets"]["maxItems"], data["maxProperties"]
    value = data["additionalProperties"]["maxLength"]
    assert f"at most {secrets} such Secrets, each with 1 to {entries} entries" in text
    assert f"{value // 1024} KiB ({value} characters)" in text
    assert f"{entries} labels, and {entries} annotations" in text
    size = f"more than {other_secrets.MAX_DATA // 1024} KiB"
    assert size in text
    assert size in REASONS


def test_recipes_stand_side_by_side() -> None:
    """No two of them name the same import or the same Secret of a namespace."""
    sais = [sai for recipe in RECIPES for sai in imports(recipe.read_text())]
    keys = [(sai["metadata"]["namespace"], sai["metadata"]["name"]) for sai in sais]
    secrets = [
        (sai["metadata"]["namespace"], template["name"])
        for sai in sais
        for template in sai["spec"]["secrets"]
    ]
    assert len({*keys}) == len(keys)
    assert len({*secrets}) == len(secrets)
