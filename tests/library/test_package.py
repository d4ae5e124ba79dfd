"""The package offers what it documents, and what it doesn't need yet stays unloaded."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import multicluster_service_account
from multicluster_service_account import ConfigAndNamespace, ServiceAccountImportError
from support import ROOT

FUNCTIONS = {
    "all_contexts_for_kubeconfig",
    "all_named_configs_and_namespaces",
    "all_service_account_import_configs_and_namespaces",
    "all_service_account_import_names",
    "config_and_namespace",
    "config_and_namespace_for_context",
    "config_and_namespace_for_kubeconfig_and_context",
    "named_config_and_namespace",
    "named_service_account_import_config_and_namespace",
    "service_account_import_config_and_namespace",
    "service_account_import_mounted",
    "single_service_account_import_name",
}


def test_the_package_exports_its_functions_and_three_types() -> None:
    exported = set(multicluster_service_account.__all__)
    assert exported == FUNCTIONS | {"ConfigAndNamespace", "Problem", "ServiceAccountImportError"}
    assert ConfigAndNamespace._fields == ("config", "namespace")
    assert issubclass(ServiceAccountImportError, Exception)


def test_each_function_takes_root_by_keyword_and_says_what_it_returns() -> None:
    for name in FUNCTIONS:
        function = getattr(multicluster_service_account, name)
        root = inspect.signature(function).parameters["root"]
        assert (root.kind, root.default) == (inspect.Parameter.KEYWORD_ONLY, None), name
        assert "ServiceAccountImportError" in function.__doc__, name


def test_the_table_of_behaviours_has_each_function_once() -> None:
    table = re.findall(r"^\| `(\w+)` \|", multicluster_service_account.__doc__ or "", re.MULTILINE)
    assert sorted(table) == sorted(FUNCTIONS)


WITHOUT_THE_CLIENT = """
import sys
sys.modules["kubernetes"] = None  # importing it fails, as where it is not installed
import multicluster_service_account as library
from mcsa_core import access, kubeconfig_reader, names, secret, token
assert library.all_service_account_import_names() == []
assert library.service_account_import_mounted("a") is False
assert library.all_service_account_import_configs_and_namespaces() == {}
assert library.all_contexts_for_kubeconfig() == []
assert library.all_named_configs_and_namespaces() == {}
"""


def test_nothing_but_a_configuration_needs_the_official_client() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_CLIENT], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


NAMES_ALONE = """
import sys
import mcsa_core.names as names
assert names.SYSTEM_NAMESPACE
print(*(module for module in sys.modules if module.startswith(("mcsa_", "multicluster"))))
print({"kubernetes", "ssl", "yaml"} & set(sys.modules))
"""


def test_importing_one_module_loads_no_other() -> None:
    done = subprocess.run([sys.executable, "-c", NAMES_ALONE], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("mcsa_core mcsa_core.names\nset()\n", "")


@pytest.mark.parametrize("name", multicluster_service_account.__all__)
def test_each_name_is_there_in_a_process_that_has_used_nothing_else(name: str) -> None:
    code = f"""
import multicluster_service_account as library
assert {name!r} in dir(library)
from multicluster_service_account import {name} as imported
from multicluster_service_account import *
assert imported is library.{name} is {name}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_is_not_there() -> None:
    missing = "config_and_namepace"
    with pytest.raises(AttributeError, match=f"account' has no attribute '{missing}'"):
        getattr(multicluster_service_account, missing)
    with pytest.raises(ImportError, match=f"cannot import name '{missing}'"):
        exec(f"from multicluster_service_account import {missing}")


def test_a_type_checker_knows_the_names(tmp_path: Path) -> None:
    script = tmp_path / "client.py"
    script.write_text(
        "from multicluster_service_account import config_and_namespace, missing\n"
        "reveal_type(config_and_namespace().namespace)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--ignore-missing-imports", script],
        env=os.environ | {"MYPYPATH": str(ROOT / "lib")},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert 'has no attribute "missing"' in done.stdout
    assert 'Revealed type is "str"' in done.stdout.replace("builtins.", "")
