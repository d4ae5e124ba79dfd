"""The source's policies: which tokens target clusters never get, whatever their roles say."""

from importlib import resources

import yaml

from kubemcsa.api.object_paths import Object

_FILES = ("token_policy.yaml", "grant_policy.yaml")


def policy() -> list[Object]:
    """The policies and their bindings, as the YAML files beside this module have them."""
    # The files may be in a zip archive: a release has kubemcsa as one file.
    folder = resources.files("kubemcsa.introduction")
    return [body for file in _FILES for body in yaml.safe_load_all((folder / file).read_text())]
