"""What the office does with points in the admin: every action calls its service; what is refused is said where it was tried."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.admin import page_of
from cashback import services
from cashback.models import (
    CashbackAccount,
    CashbackPolicy,
    CashbackRedemption,
    CashbackTransaction,
    Loan,
    LoanPayment,
    PayoutRead,
    TrackerEntry,
)
from cashback.selectors.tracker_workbook import export_workbook
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

TO_PAY, TO_VERIFY, TO_APPROVE = (reverse(f"admin:cashback-to-{what}") for what in ("pay", "verify", "approve"))


@pytest.fixture
def asha():
    return make.user("CUSTOMER", name="Asha Rao")


def has(person):
    account = CashbackAccount.objects.filter(user=person).first()
    return account.balance_cents - account.debt_cents if account else 0


def with_cashback(of, person, cents=1_500):
    kind = "loan" if isinstance(of, Loan) else "tracker"
    service = services.set_loan_cashback if kind == "loan" else services.set_tracker_cashback
    service(actor=None, user=person, cashback_type="fixed", points_cents=cents, **{kind: of})
    return of


# Redemptions ---------------------------------------------------------------------------------------------------


def test_a_redemption_is_paid_from_the_work_list_and_leaves_it(manager):
    redemption = make.redemption()
    [case] = manager.get(TO_PAY).context["cases"]
    [paid, _] = case.ways
    answer = manager.post(paid.href, {"payout_reference": "UPI-42"}, follow=True)
    assert answer.redirect_chain[-1][0] == TO_PAY and answer.context["cases"] == []
    redemption.refresh_from_db()
    assert (redemption.status, redemption.payout_reference) == ("completed", "UPI-42")
    assert "Nobody waits for a payout" in text_of(answer)


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "100"), ("KWD", "100.000")])
def test_what_is_paid_is_written_in_the_digits_of_the_currency(currency, shown, manager):
    redemption = make.redemption(10_000)
    redemption.tenant.currency = currency
    redemption.tenant.save()
    [case] = manager.get(TO_PAY).context["cases"]
    assert f">{shown}<small>{currency}" in dict(case.sides[0].facts)["To pay"]


def test_without_a_reference_nothing_is_written_and_the_page_says_why(manager):
    redemption = make.redemption()
    answer = manager.post(address(redemption, "complete"), {"payout_reference": ""})
    assert answer.status_code == 422 and "Write the reference of the payout" in text_of(answer)
    assert CashbackRedemption.objects.get().status == "pending"


def test_a_cancelled_redemption_gives_the_points_back(manager):
    redemption = make.redemption(6_000)
    do(manager, redemption, "cancel", reason="Come on Monday.")
    assert has(redemption.user) == 10_000
    assert offered(manager, redemption) == ["reveal"]


def test_nobody_pays_out_their_own_redemption(as_user):
    admin = make.user("ADMIN", is_staff=True)
    make.points(admin)
    redemption, client = make.redemption(by=admin), as_user(admin)
    [case] = client.get(TO_PAY).context["cases"]
    assert case.ways == [] and "another administrator" in case.note
    answer = do(client, redemption, "complete", payout_reference="UPI-42")
    assert answer.status_code == 403
    assert "These are your own points" in answer.context["refusal"] and "UPI-42" in answer.content.decode()
    assert CashbackRedemption.objects.get().status == "pending"


def test_details_are_masked_until_somebody_asks_and_that_is_kept(manager):
    redemption = make.redemption(kind="account")
    for page in (page_of(redemption), TO_PAY, address(redemption, "reveal")):
        text = manager.get(page).content.decode()
        assert "501002345678" not in text and "gAAAA" not in text, page
    assert "••••5678" in manager.get(page_of(redemption)).content.decode()
    assert not PayoutRead.objects.exists()
    answer = manager.post(address(redemption, "reveal"))
    assert "501002345678" in text_of(answer) and "no-store" in answer["Cache-Control"]
    assert PayoutRead.objects.get().redemption == redemption
    assert "Shown in full to" in text_of(manager.get(page_of(redemption)))


def test_finance_sees_what_waits_and_decides_nothing_about_payouts(bookkeeper):
    redemption = make.redemption()
    [case] = bookkeeper.get(TO_PAY).context["cases"]
    assert list(case.ways) == list(case.links) == []
    for name in ("complete", "cancel", "reveal"):
        assert bookkeeper.post(address(redemption, name), {}).status_code == 403
    assert not PayoutRead.objects.exists()


# Loan payments -------------------------------------------------------------------------------------------------


def test_a_payment_is_verified_with_the_cashback_that_was_shown(asha, bookkeeper):
    payment = make.loan_payment(on=with_cashback(make.loan(), asha))
    [case] = bookkeeper.get(TO_VERIFY).context["cases"]
    [(who, shown)] = case.sides[2].facts
    assert "Asha Rao" in who and "15.00" in shown
    [verify, _] = case.ways
    answer = bookkeeper.post(verify.href, dict(verify.values), follow=True)
    assert answer.context["cases"] == [] and has(asha) == 1_500
    row = CashbackTransaction.objects.get(related_payment=payment)
    assert page_of(row) in bookkeeper.get(page_of(payment)).content.decode()
    assert page_of(payment) in bookkeeper.get(page_of(row)).content.decode()


def test_cashback_is_typed_by_hand_or_left_out(asha, bookkeeper, manager):
    loan = with_cashback(make.loan(), make.user("CUSTOMER"))
    by_hand, none = make.loan_payment(on=loan), make.loan_payment(on=loan)
    rows = {"person-1": f"{asha.email} Asha Rao", "points-1": "12.50"}
    do(manager, by_hand, "verify", cashback="hand", cashback_reason="as agreed", **rows)
    do(bookkeeper, none, "verify", cashback="none")
    assert has(asha) == 1_250
    row = CashbackTransaction.objects.get(related_loan=loan)
    assert row.notes == "as agreed" and "as agreed" in manager.get(page_of(row)).content.decode()


def test_points_by_hand_need_a_reason_and_somebody_who_may_give_them(asha, bookkeeper):
    payment, typed = make.loan_payment(), {"person-1": f"{asha.email} Asha Rao", "points-1": "12.50"}
    answer = do(bookkeeper, payment, "verify", cashback="hand", **typed)
    assert answer.status_code == 422 and "Write why" in text_of(answer)
    answer = do(bookkeeper, payment, "verify", cashback="hand", cashback_reason="as agreed", **typed)
    assert answer.status_code == 403 and "may not give points by hand" in answer.context["refusal"]
    assert has(asha) == 0


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"cashback": "hand"}, "Type who earns how much below"),
        ({"cashback": "hand", "person-1": "nobody@example.com", "points-1": "1"}, "names nobody"),
        ({"cashback": "hand", "points-1": "1"}, "Give both, or neither"),
        ({"cashback": "configs", "person-1": "asha", "points-1": "0.004"}, "decimal places"),
    ],
)
def test_rows_that_are_wrong_are_said_beside_them(typed, says, bookkeeper):
    payment = make.loan_payment()
    answer = do(bookkeeper, payment, "verify", **typed)
    assert answer.status_code == 422 and says in text_of(answer)
    assert LoanPayment.objects.get().status == "pending"


def test_who_submitted_a_payment_does_not_verify_it(as_user):
    clerk = make.user("FINANCE", is_staff=True, name="Clerk")
    payment, client = make.loan_payment(actor=clerk), as_user(clerk)
    [case] = client.get(TO_VERIFY).context["cases"]
    assert case.ways == [] and "a colleague decides" in case.note
    answer = do(client, payment, "verify", cashback="configs")
    assert answer.status_code == 403 and "Ask somebody else of the office" in answer.context["refusal"]


def test_a_payment_is_rejected_corrected_and_deleted_with_a_reason(asha, bookkeeper):
    loan = with_cashback(make.loan(), asha)
    bounced = make.loan_payment(on=loan, verify=True)
    answer = do(bookkeeper, bounced, "reject", reason="It bounced.")
    assert "is taken back" in text_of(answer) and has(asha) == 0
    do(bookkeeper, bounced, "change", amount_cents="900.00", payment_date=make.TODAY, reason="it was 900")
    bounced.refresh_from_db()
    assert (bounced.status, bounced.amount_cents) == ("pending", 90_000)
    do(bookkeeper, bounced, "delete", reason="entered twice")
    bounced.refresh_from_db()
    assert bounced.deleted_at is not None and offered(bookkeeper, bounced) == []


def test_checked_rows_count_together_and_one_that_is_refused_keeps_no_other_back(asha, as_user):
    clerk = make.user("FINANCE", is_staff=True)
    loan, client = with_cashback(make.loan(), asha), as_user(clerk)
    first, second, left = (make.loan_payment(on=loan) for _ in range(3))
    own = make.loan_payment(on=loan, actor=clerk)
    answer = client.post(TO_VERIFY, {"finding": [str(row.pk) for row in (first, second, own)]}, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "2 payments count now, and their cashback is booked." and "Ask somebody else" in said[1]
    assert set(LoanPayment.objects.verified()) == {first, second} and has(asha) == 3_000
    assert {case.key for case in answer.context["cases"]} == {str(left.pk), str(own.pk)}


def test_checked_days_are_approved_by_administrators_only(asha, manager, bookkeeper):
    entry = make.tracker_entry(on=with_cashback(make.tracker(), asha))
    assert bookkeeper.post(TO_APPROVE, {"finding": str(entry.pk)}).status_code == 403
    manager.post(TO_APPROVE, {"finding": [str(entry.pk), "nonsense"]})
    entry.refresh_from_db()
    assert entry.status == "approved" and has(asha) == 1_500


# What was seen -------------------------------------------------------------------------------------------------


def test_a_day_that_was_entered_anew_since_the_list_was_shown_is_refused_and_nothing_booked(asha, manager):
    tracker = with_cashback(make.tracker(), asha)
    entry = make.tracker_entry(50_000, on=tracker)
    [case] = manager.get(TO_APPROVE).context["cases"]
    make.tracker_entry(5_000_000, on=tracker)
    answer = manager.post(case.ways[0].href, dict(case.ways[0].values))
    assert answer.status_code == 409 and "changed since you looked: load it again" in answer.context["refusal"]
    entry.refresh_from_db()
    assert (entry.status, has(asha)) == ("pending", 0)


def test_a_payment_that_was_corrected_since_its_page_was_shown_is_refused_and_nothing_booked(asha, bookkeeper):
    payment = make.loan_payment(100_000, on=with_cashback(make.loan(), asha))
    page = bookkeeper.get(address(payment, "verify"))
    shown = page.context["form"]["seen"].value()
    assert f'name="seen" value="{shown}"' in page.content.decode()
    services.change_loan_payment(
        actor=make.user("FINANCE"), payment=payment, reason="mistyped", now=make.NOW, amount_cents=900_000
    )
    answer = do(bookkeeper, payment, "verify", cashback="configs", seen=shown)
    assert answer.status_code == 409 and "changed since you looked: load it again" in answer.context["refusal"]
    payment.refresh_from_db()
    assert (payment.status, has(asha)) == ("pending", 0)
    do(
        bookkeeper,
        payment,
        "verify",
        cashback="configs",
        seen=bookkeeper.get(address(payment, "verify")).context["form"]["seen"].value(),
    )
    payment.refresh_from_db()
    assert (payment.status, has(asha)) == ("verified", 1_500)


def test_of_three_checked_days_the_one_that_changed_is_told_and_the_others_count(asha, manager):
    tracker = with_cashback(make.tracker(), asha)
    entries = [make.tracker_entry(50_000, on=tracker, day=day) for day in (1, 2, 3)]
    cases = manager.get(TO_APPROVE).context["cases"]
    make.tracker_entry(5_000_000, on=tracker, day=2)
    answer = manager.post(TO_APPROVE, {"finding": [case.box for case in cases]}, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "2 days count now, and their cashback is booked." and "Day 2" in said[1] and len(said) == 2
    assert "changed since you looked" in said[1]
    assert [TrackerEntry.objects.get(pk=entry.pk).status for entry in entries] == ["approved", "pending", "approved"]
    assert has(asha) == 3_000


def test_a_mark_that_is_none_decides_nothing(bookkeeper):
    payment = make.loan_payment()
    assert do(bookkeeper, payment, "verify", cashback="configs", seen="x").status_code == 422
    bookkeeper.post(TO_VERIFY, {"finding": f"{payment.pk}:x"})
    assert LoanPayment.objects.get().status == "pending"


# Loans ---------------------------------------------------------------------------------------------------------


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


def test_a_loan_that_is_owed_does_not_close_and_the_page_says_why(bookkeeper):
    loan = make.loan()
    answer = do(bookkeeper, loan, "close")
    assert answer.status_code in {409, 422} and "36,000.00" in answer.context["refusal"]


# Trackers ------------------------------------------------------------------------------------------------------


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


# By hand -------------------------------------------------------------------------------------------------------


def grant(client, **typed):
    return client.post(reverse("admin:cashback-grants"), {"way": "grant", "reason": "Diwali", **typed}, follow=True)


def test_points_are_given_to_several_at_once(asha, manager):
    ravi = make.user("CUSTOMER")
    answer = grant(
        manager, **{"person-1": asha.email, "points-1": "12.50", "person-2": ravi.email, "points-2": "5", "rows": "2"}
    )
    assert "17.50 points are given to 2 people" in text_of(answer)
    assert (has(asha), has(ravi)) == (1_250, 500)


def test_all_rows_or_none(asha, manager):
    ravi = make.user("CUSTOMER")
    make.points(asha, 100)
    rows = {"person-1": asha.email, "points-1": "1", "person-2": ravi.email, "points-2": "1"}
    answer = grant(manager, way="remove", **rows)
    assert answer.status_code == 422 and "none was booked" in answer.context["refusal"]
    assert has(asha) == 100 and asha.email in html.unescape(answer.content.decode())


def test_nobody_gives_points_to_themselves(as_user):
    admin = make.user("ADMIN", is_staff=True)
    answer = grant(as_user(admin), **{"person-1": admin.email, "points-1": "1"})
    assert answer.status_code == 403 and "Ask another administrator" in answer.context["refusal"]


@pytest.mark.parametrize("wrong", ["0.004", "NaN", "Infinity", "1e99", "-1", "many"])
def test_a_number_that_is_none_is_refused_beside_its_row(wrong, asha, manager):
    answer = grant(manager, **{"person-1": asha.email, "points-1": wrong})
    assert answer.status_code == 422 and has(asha) == 0


def test_a_grant_is_taken_back_by_a_linked_row(asha, manager):
    row = make.points(asha, 1_000)
    do(manager, row, "take-back", reason="wrong person")
    assert has(asha) == 0 and CashbackTransaction.objects.get(reverses=row).points_cents == 1_000
    assert "take-back" not in offered(manager, row)


def test_finance_does_not_grant(asha, bookkeeper):
    assert bookkeeper.get(reverse("admin:cashback-grants")).status_code == 403
    assert grant(bookkeeper, **{"person-1": asha.email, "points-1": "1"}).status_code == 403


def test_names_are_offered_of_the_own_business_only(asha, manager):
    make.user("CUSTOMER", name="Asha Elsewhere", of=make.tenant("elsewhere"))
    offers = manager.get(reverse("admin:cashback-people-offers"), {"q": "asha"}).json()["offers"]
    assert [offer["words"] for offer in offers] == ["Asha Rao"]


# Policy --------------------------------------------------------------------------------------------------------

POLICY = {"transfers_a_day": "3", "transfer_points_a_day_cents": "", "gift_card_step_cents": "250", "least-upi": "10"}


def test_the_policy_is_set_by_an_administrator_and_its_story_told(manager):
    address_of_page = reverse("admin:cashback-policy")
    assert "these are the defaults" in text_of(manager.get(address_of_page))
    manager.post(address_of_page, POLICY)
    policy = CashbackPolicy.objects.get()
    assert (policy.transfers_a_day, policy.gift_card_step_cents) == (3, 25_000)
    assert (policy.transfer_points_a_day_cents, policy.redemption_minima) == (None, {"upi": 1_000})
    assert "10.00" in text_of(manager.get(address_of_page)) and manager.get(address_of_page).context["story"]


def test_finance_reads_the_policy_and_does_not_set_it(bookkeeper):
    assert not bookkeeper.get(reverse("admin:cashback-policy")).context["may_set"]
    assert bookkeeper.post(reverse("admin:cashback-policy"), POLICY).status_code == 403
    assert not CashbackPolicy.objects.exists()
