"""Which outage of the hooks a cluster's credentials survive."""

import pytest

from kubemcsa.diagnosis.credential_age import (
    NEVER,
    RENEWED_AFTER,
    is_overdue,
    outage_seconds,
    shown,
)
from mcsa_core.credential_order import Credential
from mcsa_hooks.serviceaccountimports import token_renewal
from support.samples.world import NOW, access

HOUR = 3600
DAY = 24 * HOUR


def credential(age: int, life: int) -> Credential:
    return Credential(access("t"), NOW - age, NOW - age + life)


def test_when_the_hooks_renew_it() -> None:
    assert RENEWED_AFTER == token_renewal._RENEW_CREDENTIAL_AFTER  # noqa: SLF001


FALLBACK = Credential(access("t"), 0, NEVER)


@pytest.mark.parametrize(
    ("credentials", "seconds"),
    [
        # Just granted: it is renewed after a fifth of its life at the latest.
        ([credential(0, DAY)], 0.8 * DAY),
        ([credential(4 * HOUR, DAY)], 0.8 * DAY),
        ([credential(0, 30 * DAY)], 24 * DAY),
        # Renewal is due, and does not come.
        ([credential(10 * HOUR, DAY)], 14 * HOUR),
        ([credential(2 * DAY, DAY)], 0),
        ([], 0),
        # The other one counts where it lasts longer.
        ([credential(0, DAY), credential(20 * DAY, 30 * DAY)], 10 * DAY - 0.2 * DAY),
        ([credential(0, DAY), credential(3 * DAY, 2 * DAY)], 0.8 * DAY),
        ([credential(0, DAY), FALLBACK], NEVER),
        ([FALLBACK], NEVER),
        # When it was issued is not known: see credential_order.in_order.
        ([Credential(access("t"), 0, NOW + DAY)], DAY),
    ],
)
def test_outage(credentials: list[Credential], seconds: float) -> None:
    assert outage_seconds(credentials, NOW, renewed=True) == pytest.approx(seconds)


def test_outage_without_renewal() -> None:
    assert outage_seconds([credential(HOUR, DAY)], NOW, renewed=False) == 23 * HOUR


@pytest.mark.parametrize(
    ("age", "overdue"), [(0, False), (9 * HOUR, False), (10 * HOUR, True), (-HOUR, False)]
)
def test_overdue(age: int, overdue: bool) -> None:
    assert is_overdue(credential(age, DAY), NOW) is overdue


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (24 * DAY + 5, "24d"),
        (2 * DAY, "2d"),
        (2 * DAY - 1, "47h"),
        (0.8 * DAY, "19h"),
        (HOUR, "60m"),
        (59, "0m"),
        (NEVER, "any"),
    ],
)
def test_shown(seconds: float, text: str) -> None:
    assert shown(seconds) == text
