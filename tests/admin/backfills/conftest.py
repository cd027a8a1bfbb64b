"""Fixtures of the backfill pages: an empty queue, and payments of which one waits for a person."""

import pytest

from tests import legacy, make


@pytest.fixture(autouse=True)
def empty_queue(queue):
    """No page finds a job of another test."""


@pytest.fixture
def payments():
    """Two payments whose sale's route nobody doubts, and one whose sale was on another route then."""
    route, other = make.route(), make.route()
    clear = [legacy.payment(amount, sale=legacy.sale(route=route)) for amount in (1000, 2000)]
    moved = legacy.sale(route=route, images=[(make.later(days=-2), other), (make.later(days=2), route)])
    return [*clear, legacy.payment(3000, sale=moved)]
