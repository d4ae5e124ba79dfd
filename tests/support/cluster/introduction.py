"""Two clusters become source and target, as their administrator makes them."""

from click.testing import CliRunner

from kubemcsa.main import main
from support.cluster import ControlPlane


def introduce(target: ControlPlane, source: ControlPlane, *args: str) -> None:
    """`kubemcsa bootstrap` has ended well."""
    paths = (
        f"--target-kubeconfig={target.kubeconfig}",
        f"--source-kubeconfig={source.kubeconfig}",
    )
    result = CliRunner().invoke(main, ["bootstrap", *paths, *args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
