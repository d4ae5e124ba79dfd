"""Clients that never restarted have followed two renewals, in the midst of all events before."""

from support.cluster import ControlPlane
from support.node.real import followers
from support.node.real.load import Load


def test_two_renewals(cluster1: ControlPlane, load: Load) -> None:
    with load.event("two renewals of tokens of 600 s are over"):
        # 500 s after their start, and up to 2 minutes until the pod's files and clients follow.
        followers.await_renewals(cluster1, 2, 620)
