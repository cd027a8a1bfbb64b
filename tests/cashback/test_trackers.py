"""Trackers are opened, closed and brought back by the office, and hidden by their owner alone."""

from datetime import date

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.services import deactivate_user
from billing.services.checks import NotAnAmount
from cashback import services
from cashback.models import DailyTracker
from cashback.services.texts import NotPlainText
from cashback.services.trackers import NotATracker, NotYourTracker, OwnTracker, TrackerIsClosed, TrackerIsOpen
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_a_tracker_is_of_its_owner_and_in_the_currency_of_the_business():
    owner, office = make.user("CUSTOMER"), make.user("FINANCE")
    tracker = services.open_tracker(
        actor=office, tenant=owner.tenant, user=owner, tracker_name=" Shop ", tracker_type="1L", investment_cents=30_000_000,
        scheme_period_days=200, per_day_payment_cents=100_000, start_date=date(2026, 1, 1), now=make.NOW,
    )  # fmt: skip
    tracker.refresh_from_db()
    assert (tracker.user, tracker.created_by, tracker.currency, tracker.tracker_name) == (owner, office, "BDT", "Shop")
    assert (tracker.is_active, tracker.is_closed_by_user) == (True, False)


@pytest.mark.parametrize("role", ["SALES_REP", "CUSTOMER"])
def test_only_the_office_opens_closes_and_brings_back(role):
    tracker, user = make.tracker(), make.user(role)
    with pytest.raises(NotAllowed):
        services.close_tracker(actor=user, tracker=tracker)
    with pytest.raises(NotAllowed):
        services.reopen_tracker(actor=user, tracker=tracker)
    with pytest.raises(NotAllowed):
        services.open_tracker(
            actor=user, tenant=tracker.tenant, user=user, tracker_name="Mine", tracker_type="50K", investment_cents=0,
            scheme_period_days=1, per_day_payment_cents=1, start_date=make.TODAY, now=make.NOW,
        )  # fmt: skip


def test_nobody_of_the_office_opens_a_tracker_for_themselves():
    admin = make.user("ADMIN")
    with pytest.raises(OwnTracker):
        make.tracker(owner=admin, actor=admin)


def test_to_the_office_of_another_business_there_is_no_such_tracker():
    tracker, stranger = make.tracker(), make.user("ADMIN", of=make.tenant("other"))
    for service in (services.close_tracker, services.reopen_tracker, services.hide_tracker):
        with pytest.raises(NotFound):
            service(actor=stranger, tracker=tracker)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *[("scheme_period_days", days) for days in (0, -1, 3661, 1.5, "100", True, None)],
        *[("tracker_type", kind) for kind in ("weird", "", None, "50k")],
        *[("start_date", day) for day in ("2026-01-01", None, make.NOW, date(1, 1, 1), date(9999, 12, 31))],
    ],
)
def test_what_a_tracker_cannot_say_is_refused_with_its_field(field, wrong):
    with pytest.raises(NotATracker) as refused:
        make.tracker(**{field: wrong})
    assert list(refused.value.fields) == [field]
    assert not DailyTracker.objects.exists()


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *[("investment_cents", cents) for cents in (-1, 0.5, None, float("nan"), 10**16)],
        *[("per_day_payment_cents", cents) for cents in (0, -1, "500", float("inf"))],
    ],
)
def test_amounts_are_whole_cents_and_something_is_paid_a_day(field, wrong):
    with pytest.raises(NotAnAmount):
        make.tracker(**{field: wrong})


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b", "two\nlines", 7, None])
def test_a_name_is_one_line_of_text(name):
    with pytest.raises(NotPlainText):
        make.tracker(tracker_name=name)


def test_the_owner_is_an_active_person_of_the_business():
    gone, stranger = make.user("CUSTOMER"), make.user("CUSTOMER", of=make.tenant("other"))
    deactivate_user(actor=None, user=gone, reason="left")
    for owner, tenant in ((gone, gone.tenant), (stranger, gone.tenant)):
        with pytest.raises(NotATracker) as refused:
            services.open_tracker(
                actor=None, tenant=tenant, user=owner, tracker_name="Shop", tracker_type="50K", investment_cents=0,
                scheme_period_days=1, per_day_payment_cents=1, start_date=make.TODAY, now=make.NOW,
            )  # fmt: skip
        assert list(refused.value.fields) == ["user"]


def test_a_tracker_is_closed_once_and_brought_back_once():
    tracker, office = make.tracker(), make.user("FINANCE")
    assert services.close_tracker(actor=office, tracker=tracker).is_active is False
    with pytest.raises(TrackerIsClosed):
        services.close_tracker(actor=office, tracker=tracker)
    assert services.reopen_tracker(actor=office, tracker=tracker).is_active is True
    with pytest.raises(TrackerIsOpen):
        services.reopen_tracker(actor=office, tracker=tracker)
    assert make.tracker_entry(on=tracker).status == "pending"


def test_an_owner_hides_their_own_tracker_and_not_the_one_that_was_opened_first():
    owner = make.user("CUSTOMER")
    first, second = make.tracker(owner=owner), make.tracker(owner=owner)
    services.hide_tracker(actor=owner, tracker=second)
    services.hide_tracker(actor=owner, tracker=second)
    assert list(DailyTracker.objects.for_user(owner)) == [first]
    assert second in DailyTracker.objects.for_user(make.user("SALES_REP"))


def test_nobody_else_hides_a_tracker():
    tracker = make.tracker()
    with pytest.raises(NotYourTracker):
        services.hide_tracker(actor=make.user("ADMIN"), tracker=tracker)
    with pytest.raises(NotFound):
        services.hide_tracker(actor=make.user("CUSTOMER"), tracker=tracker)
    tracker.refresh_from_db()
    assert tracker.is_closed_by_user is False


def test_the_office_brings_back_what_an_owner_hid():
    tracker = make.tracker()
    services.hide_tracker(actor=tracker.user, tracker=tracker)
    services.reopen_tracker(actor=make.user("ADMIN"), tracker=tracker)
    assert list(DailyTracker.objects.for_user(tracker.user)) == [tracker]
