"""How long calls to other clusters take, for Prometheus.

The label is not `cluster`, which Prometheus servers of several clusters put on all that they
scrape.
"""

from prometheus_client import Histogram

REQUESTS = Histogram(
    "mcsa_remote_request_duration_seconds",
    "How long calls to source clusters took, with or without an answer.",
    ["source_cluster", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8),
)
