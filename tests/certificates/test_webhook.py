"""The Job waits for the webhook, which `kubectl apply` may create after it."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsa_certificates.__main__ import trust_webhook
from mcsa_certificates.api_server import ApiServer, NotThereError
from mcsa_certificates.pair import Pair

CA = Pair("certificate", "key")


class Clock:
    """Moves on while the Job sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Late(ApiServer):
    """Has the webhook from that second on."""

    def __init__(self, clock: Clock, second: float) -> None:
        super().__init__("https://cluster1.example", Path("/none"))
        self._clock = clock
        self._second = second
        self.webhook: Any = {"webhooks": [{"clientConfig": {}}]}

    def settle(self, path: str, change: Callable[[Any], Any]) -> Any:
        if self._clock.now < self._second:
            raise NotThereError(path)
        self.webhook = change(self.webhook)
        return self.webhook


def test_a_webhook_that_comes_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api = Late(Clock(monkeypatch), second=20)
    trust_webhook(api, CA)
    assert api.webhook == {"webhooks": [{"clientConfig": {"caBundle": "Y2VydGlmaWNhdGU="}}]}
    assert caplog.messages == []


def test_without_a_webhook(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(monkeypatch)
    with caplog.at_level(logging.WARNING):
        trust_webhook(Late(clock, second=1e9), CA)
    assert caplog.messages == [
        "there is no webhook multicluster-service-account, so nothing is mounted into pods"
    ]
    assert 30 <= clock.now < 33
