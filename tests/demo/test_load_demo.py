"""`load_demo` loads the same data from the same seed, once, and never into a live system."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.demo.people import PASSWORD
from accounts.models import Tenant, User
from billing.models import Customer, Payment, Sale, SaleLine
from cashback.models import Loan
from routes.models import Round
from tests.demo.content import checksum

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def content_of(load, **options):
    """Load, take the checksum, and leave the database as it was."""
    with transaction.atomic():
        load(**options)
        content = checksum()
        transaction.set_rollback(True)
    return content


@pytest.mark.parametrize(("size", "ids"), [("small", "time"), ("large", "random")])
def test_the_same_seed_makes_the_same_data(load, size, ids):
    options = {"size": size, "ids": ids, "payments": 2000, "invoices": 200}
    assert content_of(load, seed=5, **options) == content_of(load, seed=5, **options)


@pytest.mark.parametrize("size", ["small", "large"])
def test_another_seed_makes_other_data(load, size):
    assert content_of(load, seed=5, size=size, payments=2000) != content_of(load, seed=6, size=size, payments=2000)


@pytest.mark.parametrize("size", ["small", "large"])
def test_loading_twice_says_so_and_changes_nothing(load, size):
    load(size=size, payments=2000)
    content = checksum()

    said = load(size=size, payments=2000)

    assert "already loaded, nothing changed" in said
    assert checksum() == content


def test_both_sizes_fit_into_one_database(small_demo, large_demo):
    assert Tenant.objects.count() == 6
    assert User.objects.filter(is_superuser=True).count() == 1


def test_a_database_with_a_real_business_is_refused_even_with_force(load):
    Tenant.objects.create(slug="real-goods", name="Real Goods", currency="EUR")

    with pytest.raises(
        CommandError, match="holds the business 'real-goods'.*load it into an empty database"
    ) as refusal:
        load()

    assert refusal.value.returncode == 2
    assert Tenant.objects.count() == 1


def test_a_live_system_is_refused_without_force(db, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off.*add --force") as refusal:
        call_command("load_demo")

    assert refusal.value.returncode == 2
    assert not Tenant.objects.exists()


def test_a_development_machine_needs_no_force(load, settings):
    settings.DEBUG = True
    load(force=False)
    assert Payment.objects.exists()


def test_half_a_demo_is_refused(load):
    Tenant.objects.create(slug="distro", name="Made by hand", currency="BDT")
    with pytest.raises(CommandError, match="1 of the demo's 5 businesses"):
        load()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"database": "nowhere"}, "--database nowhere: unknown"),
        ({"payments": 10}, "--payments 10: write 1000 or more"),
        ({"invoices": -1}, "--invoices -1: write 0 or more"),
    ],
)
def test_a_wrong_option_is_refused_in_words(load, options, words):
    with pytest.raises(CommandError, match=words) as refusal:
        load(**options)
    assert refusal.value.returncode == 2


def test_the_printed_people_can_log_in(small_demo):
    printed = re.findall(r"^  (\S+@example\.com)", small_demo, flags=re.MULTILINE)

    assert PASSWORD in small_demo
    assert set(printed) == set(User.objects.filter(is_active=True).values_list("email", flat=True))
    assert all(User.objects.get(email=email).check_password(PASSWORD) for email in printed)


def test_each_business_has_its_office_and_those_whom_it_sends_out(small_demo):
    for tenant in Tenant.objects.all():
        people = User.objects.filter(tenant=tenant)
        assert people.filter(role="ADMIN", is_staff=True).count() == 1
        assert people.filter(role="FINANCE", is_staff=True).count() == 1
        reps = people.filter(role="SALES_REP", is_staff=False, is_active=True).count()
        if Loan.objects.filter(tenant=tenant).exists():
            assert reps == 1  # who visits borrowers
        else:
            assert reps >= 3 if Round.objects.filter(tenant=tenant).exists() else reps == 0


def test_a_bookkeeper_would_believe_the_figures(small_demo):
    assert Customer.objects.count() == Customer.objects.values("name").distinct().count()
    for sale in Sale.objects.filter(tenant__slug="distro"):
        assert 50_000 <= sale.total_cents <= 10_000_000  # from 500 to 100,000 taka
    for line in SaleLine.objects.all():
        assert line.quantity * line.unit_price_cents == line.total_cents
    assert not Sale.objects.filter(tenant__slug="distro", route__route_date__week_day=6).exists()  # Friday


@pytest.mark.parametrize(("ids", "version"), [("time", 7), ("random", 4)])
@pytest.mark.parametrize("size", ["small", "large"])
def test_ids_are_of_the_chosen_kind(load, size, ids, version):
    load(size=size, ids=ids, payments=1000)

    payments = list(Payment.objects.order_by("received_at"))

    assert {payment.pk.version for payment in payments} == {version}
    in_order = [payment.pk for payment in payments] == sorted(payment.pk for payment in payments)
    assert not (ids == "random" and in_order)


def test_time_ordered_ids_tell_the_time_of_their_row(large_demo):
    for payment in Payment.objects.all()[:200]:
        assert (payment.pk.int >> 80) // 1000 == int(payment.received_at.timestamp())
