"""The source's policy: which tokens other clusters never get, whatever their roles say."""

from importlib import resources

import yaml

from kubemcsa.api.object_paths import Object


def policy() -> list[Object]:
    """The policy and its binding, as token_policy.yaml has them."""
    # The file may be in a zip archive: a release has kubemcsa as one file.
    file = resources.files("kubemcsa.introduction") / "token_policy.yaml"
    return list(yaml.safe_load_all(file.read_text()))
