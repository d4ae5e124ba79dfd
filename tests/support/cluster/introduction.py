"""Two clusters become source and target, as their administrator makes them."""

from click.testing import CliRunner

from kubemcsa.main import main
from support.cluster import ControlPlane


def address_remark(context: str, target_name: str) -> str:
    """What bootstrap says of each source of the tests: it listens on 127.0.0.1."""
    return (
        f"{context}: the address of its API server, 127.0.0.1, is good on this machine only: add"
        f" --source-server URL with an address that pods of {target_name} can reach; of a kind"
        " cluster that is https://NAME-control-plane:6443, where kind get clusters prints NAME."
    )


def introduce(target: ControlPlane, source: ControlPlane, *args: str) -> None:
    """`kubemcsa bootstrap` has ended well."""
    paths = (
        f"--target-kubeconfig={target.kubeconfig}",
        f"--source-kubeconfig={source.kubeconfig}",
    )
    result = CliRunner().invoke(main, ["bootstrap", *paths, *args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
