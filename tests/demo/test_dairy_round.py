"""The demo's dairy: everything that an office of a dairy round meets is there, and the services agree with every row of it."""

from datetime import date

import pytest
from django.db.models import Count, F, Q

from accounts.demo.dates import TODAY, local
from accounts.demo.people import MEADOW
from accounts.models import Role, Tenant, User
from billing.models import BulkOperation, Customer, Invoice, Payment, Sale
from operations.invariants import invariants
from routes.models import Round
from subscriptions.demo.calendar import FIRST_DAY, PERIOD
from subscriptions.models import DailyOrder, Delivery, ProductPrice, StandingOrder, StandingOrderChange
from subscriptions.selectors.invoicing_preview import preview_invoices
from subscriptions.services import confirm_deliveries, generate_orders
from subscriptions.services.invoicing import invoice_period

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def dairy(small_demo):
    return Tenant.objects.get(slug=MEADOW)


@pytest.fixture
def now(dairy):
    return local(dairy.zone, TODAY, 16)


def of(model, dairy):
    return model.objects.filter(tenant=dairy)


def test_generating_any_day_anew_finds_nothing_to_do(dairy, now):
    for day in (FIRST_DAY, date(2025, 12, 25), date(2026, 1, 11), date(2026, 1, 12), date(2026, 1, 25), TODAY):
        done = generate_orders(actor=None, tenant=dairy, day=day, now=now)
        assert (done.created, done.changed, done.withdrawn) == (0, 0, 0), day


def test_of_december_only_the_late_delivery_is_left_to_invoice(dairy):
    seen = preview_invoices(dairy, *PERIOD)
    late = of(Delivery, dairy).unbilled().get(delivery_date__lte=PERIOD[1])
    assert late.confirmed_at > Invoice.objects.get(customer=late.customer, tenant=dairy).issued_at
    assert sum(row.deliveries for row in seen.rows) == 1
    assert len([row for row in seen.rows if row.invoice_id]) == of(Invoice, dairy).count() == 38


def test_january_can_be_invoiced_and_takes_the_late_delivery_along(dairy, now):
    late = of(Delivery, dairy).unbilled().get(delivery_date__lte=PERIOD[1])
    made = invoice_period(actor=None, customer=late.customer, period_start=date(2026, 1, 1), period_end=TODAY, now=now)
    assert made.number == "20252600039"
    assert made.lines.filter(source_id=late.pk, description__endswith=", delivered before this period").count() == 1
    assert [each.name for each in invariants() if list(each.find(using="default"))] == []


def test_todays_orders_wait_but_for_the_first_rounds_morning(dairy, now):
    today = of(DailyOrder, dairy).of_day(TODAY)
    delivered = today.filter(status__in=["DELIVERED", "NOT_DELIVERED"])
    assert set(delivered.values_list("round__name", "slot")) == {("Baner Road", "morning")}
    waiting = today.filter(status="GENERATED").count()
    assert waiting >= 20
    rep = User.objects.get(tenant=dairy, email="meena@example.com")
    confirmed = confirm_deliveries(actor=rep, tenant=dairy, day=TODAY, now=now, round=Round.objects.get(name="Kothrud"))
    assert len(confirmed.items) > 0


def test_what_an_office_meets_is_there(dairy):
    orders, deliveries = of(DailyOrder, dairy), of(Delivery, dairy)
    counts = {
        "customers": of(Customer, dairy).filter(is_walk_in=False).count() == 40,
        "one on no round": of(Customer, dairy).filter(round=None, is_walk_in=False).count() == 1,
        "opening balances": of(Customer, dairy).filter(opening_balance_cents__gt=0).count() == 10,
        "patterns": of(StandingOrder, dairy).filter(cycle_days__gt=1).exists(),
        "one that ended": of(StandingOrder, dairy).filter(ends_on__lt=TODAY).exists(),
        "prices rose inside the last month": of(ProductPrice, dairy).filter(valid_from=date(2026, 1, 12)).count() == 2,
        "every kind of change": set(of(StandingOrderChange, dairy).values_list("kind", flat=True))
        == {"SKIP", "INCREASE", "DECREASE", "NOTE"},
        "a withdrawn one": of(StandingOrderChange, dairy).filter(withdrawn_at__isnull=False).exists(),
        "less and more than planned": all(
            deliveries.filter(**{f"quantity__{side}": F("daily_order__planned_quantity")}).exists()
            for side in ("lt", "gt")
        ),
        "nobody there": orders.filter(status="NOT_DELIVERED").exists(),
        "extra items": deliveries.filter(daily_order=None).count() > 5,
        "credit sales billed and waiting": set(
            of(Sale, dairy).filter(sale_type="CREDIT").values_list("status", flat=True)
        )
        >= {"PENDING", "COMPLETED"},
        "counter sales": of(Sale, dairy).filter(customer__is_walk_in=True, status="COMPLETED").count() > 10,
        "invoices in every state": set(of(Invoice, dairy).values_list("status", flat=True))
        == {"ISSUED", "PARTIALLY_PAID", "PAID"},
        "how they were made": of(BulkOperation, dairy).get().items_done == 38,
        "every channel but the simulated": set(of(Payment, dairy).values_list("channel", flat=True))
        == set(Payment.Channel.values) - {"SIMULATED"},
        "unapplied money": of(Payment, dairy).filter(allocation_status="unapplied").count() == 2,
        "partly applied money": of(Payment, dairy).filter(allocation_status="partially_applied").exists(),
    }
    assert [what for what, is_there in counts.items() if not is_there] == []


def test_cash_of_the_rounds_has_its_route(dairy):
    cash = of(Payment, dairy).filter(channel="CASH", sale=None, customer__round__isnull=False)
    assert cash.count() > 5
    assert not cash.filter(Q(route=None) | ~Q(route__assigned_to=F("collected_by"))).exists()


def test_nobody_is_named_twice_and_everybody_has_a_place_on_their_round(dairy):
    places = of(Customer, dairy).filter(round__isnull=False).values("round", "round_position").annotate(n=Count("pk"))
    assert not places.exclude(n=1).exists()
    assert not of(Customer, dairy).filter(round__isnull=False, address="").exists()
    assert of(User, dairy).filter(role=Role.SALES_REP).count() == 3
