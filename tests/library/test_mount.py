"""What is mounted is read as one version, or there is an error that says where and what next."""

import base64
import threading
from pathlib import Path

import pytest

from mcsa_core import kubeconfig_writer
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from multicluster_service_account import ServiceAccountImportError
from multicluster_service_account import mount as library
from support.node.kubelet import Mount

CA = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
SECRET = "very-secret"
LOOK = "look at the Secret that is mounted there."


def files(number: int = 1, token: str = SECRET) -> dict[str, str]:
    """The five files of a version."""
    endpoint = Endpoint(f"https://server-{number}", CA.format(number))
    access = Access(endpoint, token, "remote")
    return {
        "config": kubeconfig_writer.dump("a", access),
        "server": endpoint.server,
        "ca.crt": endpoint.ca,
        "namespace": access.namespace,
        "token": access.token,
    }


def test_what_is_mounted(mount: Mount) -> None:
    mount.write(files())
    found = library.read(mount.folder)
    assert found.access == Access(Endpoint("https://server-1", CA.format(1)), SECRET, "remote")
    assert found.ca_file == mount.folder / "ca.crt"


def test_the_token_file_is_preferred_to_the_inline_token(mount: Mount) -> None:
    mount.write(files() | {"token": "from-the-file\n"})
    assert library.read(mount.folder).access.token == "from-the-file"


@pytest.mark.parametrize("token", [None, "", "\n"])
def test_without_a_token_file_the_inline_token_counts(mount: Mount, token: str | None) -> None:
    wanted = {k: v for k, v in files().items() if k != "token"}
    mount.write(wanted if token is None else wanted | {"token": token})
    assert library.read(mount.folder).access.token == SECRET


@pytest.mark.parametrize("ca", [None, CA.format("another one")])
def test_only_the_kubeconfig_says_which_ca_is_trusted(mount: Mount, ca: str | None) -> None:
    wanted = {k: v for k, v in files().items() if k != "ca.crt"}
    mount.write(wanted if ca is None else wanted | {"ca.crt": ca})
    found = library.read(mount.folder)
    assert (found.access.endpoint.ca, found.ca_file) == (CA.format(1), None)


def test_names_are_sorted_folders_that_can_name_an_import(root: Path) -> None:
    for name in (
        "b",
        "a.b",
        "..data",
        "..2026_01_01",
        ".hidden",
        "Not-One",
        "lost+found",
        "x" * 64,
    ):
        (root / name).mkdir(parents=True)
    (root / "c").symlink_to("b")
    (root / "file").touch()
    assert library.mounted_names(root) == ["a.b", "b", "c"]


def test_no_folder_and_an_empty_one_have_no_names(root: Path) -> None:
    assert library.mounted_names(root) == []
    root.mkdir()
    assert library.mounted_names(root) == []


def test_a_file_in_place_of_the_folder(root: Path) -> None:
    root.touch()
    with pytest.raises(ServiceAccountImportError) as raised:
        library.mounted_names(root)
    assert str(raised.value) == (
        f"{root} can't be read (Not a directory): check the mount and the container's user."
    )


def test_a_folder_as_the_kubelet_leaves_it_half_written(mount: Mount) -> None:
    half = mount.folder / "..version_1"
    half.mkdir(parents=True)
    (half / "config").write_text(files()["config"])
    with pytest.raises(ServiceAccountImportError) as raised:
        library.read(mount.folder)
    assert str(raised.value) == (
        f"{mount.folder}/config is missing: wait until the Secret is complete, or {LOOK}"
    )


def inline(line: str) -> str:
    """The kubeconfig with another field beside the inline token."""
    return files()["config"].replace("    token: ", f"    {line}\n    token: ")


BAD: dict[str, tuple[str | bytes | None, str]] = {
    "no config": (None, "is missing: wait until the Secret is complete, or"),
    "empty": ("", "can't be used: the kubeconfig is not a mapping;"),
    "broken YAML": (f"token: {SECRET}\n]", "can't be used: the kubeconfig is not YAML;"),
    "not text": (b"\xff\xfe" + SECRET.encode(), "is not text:"),
    "a list": (f"- {SECRET}", "can't be used: the kubeconfig is not a mapping;"),
    "cut off": (files()["config"][:40], "can't be used: contexts is missing or empty;"),
    "no token": (
        files()["config"].replace(f'token: "{SECRET}"', "token: ''"),
        "can't be used: token is missing or malformed;",
    ),
    "a plugin": (
        inline("exec: {command: touch, args: [MARKER]}"),
        "can't be used: exec is not allowed;",
    ),
    "a provider": (inline("auth-provider: {}"), "can't be used: auth-provider is not allowed;"),
    "a key file": (
        inline("client-key: /etc/key"),
        "can't be used: client-key is not allowed;",
    ),
    "http": (
        files()["config"].replace("https:", "http:"),
        "can't be used: server is not an https URL;",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_kubeconfig(mount: Mount, case: str) -> None:
    content, why = BAD[case]
    wanted: dict[str, str | bytes] = {"token": SECRET}
    if content is not None:
        wanted["config"] = content
    mount.write(wanted)
    with pytest.raises(ServiceAccountImportError) as raised:
        library.read(mount.folder)
    message = str(raised.value)
    assert message.startswith(f"{mount.folder}/config {why}")
    assert message.endswith(LOOK)
    assert SECRET not in message + repr(raised.value) + repr(raised.value.__cause__)


def test_a_file_that_is_a_folder(mount: Mount) -> None:
    (mount.folder / "config").mkdir(parents=True)
    with pytest.raises(ServiceAccountImportError) as raised:
        library.read(mount.folder)
    assert str(raised.value) == (
        f"{mount.folder}/config can't be read (Is a directory):"
        " check the mount and the container's user."
    )


@pytest.mark.parametrize("token", [f"{SECRET} {SECRET}", f"{SECRET}\nHost: evil", "ümlaut"])
def test_a_token_file_without_a_token(mount: Mount, token: str) -> None:
    mount.write(files() | {"token": token})
    with pytest.raises(ServiceAccountImportError) as raised:
        library.read(mount.folder)
    assert str(raised.value) == f"{mount.folder}/token holds no token: {LOOK}"


def test_a_token_file_elsewhere_is_not_followed(mount: Mount, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("from-elsewhere")
    config = files()["config"].replace("tokenFile: token", f"tokenFile: {tmp_path}/elsewhere")
    mount.write({"config": config})
    assert library.read(mount.folder).access.token == SECRET


def test_no_read_mixes_two_versions(mount: Mount) -> None:
    mount.write(files(0, "token-0"))
    done = threading.Event()

    def swap() -> None:
        number = 0
        while not done.is_set():
            number += 1
            mount.write(files(number, f"token-{number}"))

    kubelet = threading.Thread(target=swap)
    kubelet.start()
    seen: list[library.MountedImport] = []
    try:
        while len({found.access.endpoint.server for found in seen}) < 50:
            seen.append(library.read(mount.folder))
    finally:
        done.set()
        kubelet.join()
    numbers = [found.access.endpoint.server.rpartition("-")[2] for found in seen]
    assert [found.access.token for found in seen] == [f"token-{n}" for n in numbers]
    assert [found.access.endpoint.ca for found in seen] == [CA.format(n) for n in numbers]
    assert {found.ca_file for found in seen} == {mount.folder / "ca.crt"}


def test_reprs_hide_the_token(mount: Mount) -> None:
    mount.write(files())
    found = library.read(mount.folder)
    assert SECRET not in repr(found)
    assert base64.b64encode(SECRET.encode()).decode() not in repr(found)
