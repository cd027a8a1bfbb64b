"""The demo's distributor has exactly the figures that the runbook of seed 000 expects, by the runbook's own SQL."""

import pytest
from django.db import connection

from accounts.demo.people import DISTRO
from accounts.models import Tenant
from billing.models import Payment
from billing.rules.route_link import LINK, NO_SALE, SALE_UNROUTED
from billing.selectors.route_links import link_verdict

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

IN_DISTRO = "p.tenant_id = (SELECT id FROM tenants WHERE slug = 'distro')"


def answer(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_150_payments_have_no_route(small_demo):
    assert answer(f"SELECT COUNT(*) FROM payments p WHERE p.route_id IS NULL AND {IN_DISTRO}") == [(150,)]


def test_120_of_them_are_missing_the_route_that_their_sale_has(small_demo):
    found = answer(
        "SELECT COUNT(*) AS payments_still_missing_route_id FROM payments p JOIN sales s ON p.sale_id = s.id "
        f"WHERE p.route_id IS NULL AND s.route_id IS NOT NULL AND {IN_DISTRO}"
    )
    assert found == [(120,)]


def test_no_payment_has_another_route_than_its_sale(small_demo):
    mismatches = answer(
        "SELECT p.id, p.sale_id, p.route_id, s.route_id FROM payments p JOIN sales s ON p.sale_id = s.id "
        f"WHERE p.route_id IS NOT NULL AND (s.route_id IS NULL OR p.route_id != s.route_id) AND {IN_DISTRO}"
    )
    assert mismatches == []


def test_links_began_on_the_day_that_the_runbook_names(small_demo):
    before = answer(
        "SELECT COUNT(*) FROM payments p WHERE p.received_at < '2026-01-12 18:00:00' "
        f"AND p.route_id IS NOT NULL AND {IN_DISTRO}"
    )
    after = answer(
        "SELECT COUNT(*) FROM payments p JOIN sales s ON p.sale_id = s.id WHERE p.received_at >= '2026-01-12 18:00:00' "
        f"AND s.route_id IS NOT NULL AND p.route_id IS NULL AND {IN_DISTRO}"
    )
    assert (before, after) == ([(0,)], [(0,)])


@pytest.mark.parametrize("seed", [1, 2, 3, 17, 4242])
def test_every_seed_gives_120_plain_links_and_nothing_in_doubt(load, seed):
    load(seed=seed)

    unlinked = Payment.objects.filter(tenant=Tenant.objects.get(slug=DISTRO), route__isnull=True)
    verdicts = sorted(unlinked.annotate(verdict=link_verdict()).values_list("verdict", flat=True))

    assert {verdict: verdicts.count(verdict) for verdict in verdicts} == {LINK: 120, NO_SALE: 8, SALE_UNROUTED: 22}


def test_all_kinds_of_trouble_are_among_them(small_demo):
    payments = Payment.objects.filter(tenant__slug=DISTRO)
    states = set(payments.values_list("status", "verification_status"))

    assert {
        ("SUCCEEDED", "NOT_REQUIRED"),
        ("SUCCEEDED", "APPROVED"),
        ("FAILED", "NOT_REQUIRED"),
        ("FAILED", "REJECTED"),
        ("PENDING", "PENDING_VERIFICATION"),
        ("REVERSED", "NOT_REQUIRED"),
    } <= states
    assert len(set(payments.values_list("channel", flat=True))) >= 4
