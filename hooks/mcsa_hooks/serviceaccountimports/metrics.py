"""What this process counts of imports, for Prometheus.

The label is not called `cluster`: Prometheus servers of many clusters put that on all they scrape.
"""

from prometheus_client import REGISTRY, Counter, Histogram

from mcsa_hooks.serviceaccountimports.expiry import EarliestExpiry

SYNCS = Counter(
    "mcsa_syncs",
    "Syncs of imports by source cluster; the outcome is the reason of the condition Ready.",
    ["source_cluster", "outcome"],
)
REMOTE = Histogram(
    "mcsa_remote_request_duration_seconds",
    "How long calls to source clusters took, with or without an answer.",
    ["source_cluster", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8),
)
EXPIRY = EarliestExpiry()
REGISTRY.register(EXPIRY)
