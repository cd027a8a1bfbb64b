"""Loans and trackers in the admin: opened, paid, entered, brought by a sheet; every refusal is said on its page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.admin import page_of
from cashback import services
from cashback.models import (
    Loan,
    LoanPayment,
    TrackerEntry,
)
from cashback.selectors.tracker_workbook import export_workbook
from tests import make
from tests.admin import points
from tests.admin.actions.clicks import address, do, offered, text_of
from tests.admin.points import TO_APPROVE, has, with_cashback

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def asha():
    return points.asha()


def test_a_loan_is_opened_paid_and_its_cashback_set_in_the_admin(asha, manager):
    opened = {"customer": asha.email, "loan_name": "Shop loan", "principal_cents": "36000.00", "interest_rate": "10"}
    choices = {"loan_type": "regular", "payment_frequency": "monthly", "day_count": "ACT_360"}
    days = {"started_on": make.TODAY}
    answer = manager.post(reverse("admin:cashback-open-loan"), {**opened, **choices, **days}, follow=True)
    loan = Loan.objects.get()
    assert answer.redirect_chain[-1][0] == page_of(loan)
    assert (loan.customer, loan.principal_cents, str(loan.interest_rate)) == (asha, 3_600_000, "0.100000")
    paid = {"amount_cents": "1000", "payment_method": "upi", "payment_date": make.TODAY, "transaction_id": "TX-1"}
    do(manager, loan, "pay", **paid)
    assert LoanPayment.objects.get().amount_cents == 100_000
    do(manager, loan, "set-cashback", user=asha.email, cashback_type="percentage", cashback_value="5")
    rule = loan.cashback_configs.get()
    assert str(rule.cashback_value) == "0.0500"
    assert "5 %" in text_of(manager.get(page_of(loan)))
    do(manager, rule, "end")
    rule.refresh_from_db()
    assert not rule.is_active and offered(manager, rule) == []


def test_nobody_lets_themself_earn_and_more_than_all_is_refused(asha, as_user):
    admin = make.user("ADMIN", is_staff=True)
    loan, client = make.loan(), as_user(admin)
    answer = do(client, loan, "set-cashback", user=admin.email, cashback_type="fixed", points_cents="5")
    assert answer.status_code == 403 and "Nobody sets cashback for themselves" in answer.context["refusal"]
    answer = do(client, loan, "set-cashback", user=asha.email, cashback_type="percentage", cashback_value="101")
    assert answer.status_code == 422
    assert not loan.cashback_configs.exists()


def test_staff_is_assigned_and_unassigned(manager):
    loan, rep = make.loan(), make.user("SALES_REP", name="Ravi")
    do(manager, loan, "assign", user=rep.pk)
    assert loan.assignments.get().user == rep
    assert "Ravi" in text_of(manager.get(page_of(loan)))
    do(manager, loan, "unassign", user=rep.pk)
    assert not loan.assignments.exists() and "unassign" not in offered(manager, loan)


def test_who_is_not_assigned_is_offered_neither_rules_nor_days(asha, as_user):
    """As the service says: an administrator, or who is assigned."""
    finance = make.user("FINANCE", is_staff=True)
    loan, tracker = with_cashback(make.loan(), asha), with_cashback(make.tracker(), asha)
    client, asked = as_user(finance), {"set-cashback", "enter", "upload", "end"}
    rows = (loan, tracker, loan.cashback_configs.get(), tracker.cashback_configs.get())
    assert [asked & set(offered(client, row)) for row in rows] == [set()] * 4
    assert "End…" not in text_of(client.get(page_of(loan)))
    services.assign_to_loan(actor=None, loan=loan, user=finance)
    services.assign_to_tracker(actor=None, tracker=tracker, user=finance)
    assert [asked & set(offered(client, row)) for row in rows] == [
        {"set-cashback"},
        {"set-cashback", "enter", "upload"},
        {"end"},
        {"end"},
    ]
    assert "End…" in text_of(client.get(page_of(loan)))


def test_a_loan_that_is_owed_does_not_close_and_the_page_says_why(bookkeeper):
    loan = make.loan()
    answer = do(bookkeeper, loan, "close")
    assert answer.status_code in {409, 422} and "36,000.00" in answer.context["refusal"]


def test_a_day_is_entered_and_approved_by_another(asha, as_user):
    enters, approves = (as_user(make.user("ADMIN", is_staff=True)) for _ in range(2))
    tracker = with_cashback(make.tracker(), asha)
    do(enters, tracker, "enter", day=2, payment_cents="450.00", payment_mode="Cash")
    entry = TrackerEntry.objects.get()
    answer = do(enters, entry, "approve", cashback="configs")
    assert answer.status_code == 403 and "Let another administrator approve it" in answer.context["refusal"]
    [case] = approves.get(TO_APPROVE).context["cases"]
    [agreed] = [str(value) for words, value in case.sides[1].facts if words == "Agreed for a day"]
    assert "500.00" in agreed and "450.00" in str(case.sides[0].facts[0])
    approves.post(case.ways[0].href, dict(case.ways[0].values))
    entry.refresh_from_db()
    assert (entry.status, entry.payment_cents, has(asha)) == ("approved", 45_000, 1_500)
    do(approves, entry, "reject", reason="wrong tracker")
    assert has(asha) == 0


def test_no_payment_today_goes_through_approval_too(manager):
    tracker = make.tracker()
    do(manager, tracker, "enter", day=1, nothing="on")
    entry = TrackerEntry.objects.get()
    assert (entry.status, entry.payment_cents) == ("pending", 0)


def test_a_workbook_goes_out_and_comes_back_looked_at_first(manager):
    tracker = make.tracker()
    make.tracker_entry(on=tracker, day=0)
    sheet = manager.get(reverse("admin:cashback-workbook", args=[tracker.pk])).content
    other = make.tracker(tracker_name=tracker.tracker_name)
    file = SimpleUploadedFile("sheet.xlsx", sheet)
    looked = manager.post(address(other, "upload"), {"sheet": file})
    assert looked.status_code == 200 and not other.entries.exists()
    assert looked.context["found"].counts["new"] == 1
    answer = manager.post(address(other, "upload"), {"held": looked.context["held"], "enter": "yes"}, follow=True)
    assert "New days: 1, changed: 0." in text_of(answer)
    assert other.entries.get().payment_cents == 50_000


def test_a_file_that_is_no_workbook_is_refused_on_the_page(manager):
    tracker = make.tracker()
    answer = manager.post(address(tracker, "upload"), {"sheet": SimpleUploadedFile("sheet.xlsx", b"no sheet")})
    assert answer.status_code == 422 and answer.context["refusal"]
    assert manager.post(address(tracker, "upload"), {}).status_code == 422


def test_a_workbook_of_another_business_is_not_there(as_user):
    tracker = make.tracker()
    stranger = as_user(make.user("ADMIN", of=make.tenant("elsewhere"), is_staff=True))
    assert stranger.get(reverse("admin:cashback-workbook", args=[tracker.pk])).status_code == 404
    assert export_workbook(tracker)
