"""Several senders of the same session at once, with real threads: every byte is counted once, whoever comes first."""

import random

import pytest

from subscriptions.models import UsageRecord
from tests import make
from tests.billing.test_races import at_once
from tests.subscriptions.usage import a_line, a_packet, counted, ingest

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def test_packets_of_one_session_from_many_senders_at_once_count_as_one_row_of_them():
    line = a_line()
    packets = [a_packet(line, n, n * 10, n * n) for n in range(1, 41)]
    random.Random(5).shuffle(packets)  # noqa: S311 - an order of arrival
    at_once(*[lambda part=packets[k::4]: ingest(line.tenant, *part, batch_size=3) for k in range(4)])
    assert counted(line) == [(n, n * 10 - 10, n * 10, n * n - (n - 1) ** 2, 0) for n in range(1, 41)]


def test_the_same_packets_from_many_senders_at_once_are_counted_once():
    customer = make.customer()
    lines = [a_line(customer) for _ in range(6)]
    packets = [a_packet(line, n, n, n) for line in lines for n in (1, 2, 3)]
    orders = [packets, packets[::-1], packets, packets[::-1]]
    outcomes = at_once(*[lambda order=order: ingest(customer.tenant, *order) for order in orders])
    assert sum(done.taken for done in outcomes) == len(packets) == UsageRecord.objects.count()
    assert sum(done.repeated for done in outcomes) == 3 * len(packets)
