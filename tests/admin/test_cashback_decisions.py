"""Payments verified and days approved in the admin, one by one or checked together: what was seen is what is booked."""

import pytest
from django.db import connection

from accounts.admin import page_of
from accounts.services import deactivate_user
from cashback import services
from cashback.models import CashbackTransaction, LoanPayment, TrackerEntry
from tests import make
from tests.admin import points
from tests.admin.actions.clicks import address, do, offered, text_of
from tests.admin.points import TO_APPROVE, TO_VERIFY, has, with_cashback

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def asha():
    return points.asha()


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


def test_what_changes_while_its_page_is_made_is_refused_and_never_booked_unseen(asha, manager):
    tracker = with_cashback(make.tracker(), asha)
    entry, left = make.tracker_entry(50_000, on=tracker), [5_000_000]

    def then_it_is_entered_anew(execute, sql, *more):
        answer = execute(sql, *more)
        if left and '"tracker_entry"."id" = ' in sql:
            make.tracker_entry(left.pop(), on=tracker)
        return answer

    with connection.execute_wrapper(then_it_is_entered_anew):
        page = manager.get(address(entry, "approve"))
    assert left == []
    answer = do(manager, entry, "approve", cashback="configs", seen=page.context["form"]["seen"].value())
    assert answer.status_code == 409
    entry.refresh_from_db()
    assert (entry.status, has(asha)) == ("pending", 0)


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


def test_who_left_is_named_with_nothing_before_somebody_decides(asha, manager):
    entry = make.tracker_entry(50_000, on=with_cashback(make.tracker(), asha))
    deactivate_user(actor=None, user=asha, reason="left")
    [case] = manager.get(TO_APPROVE).context["cases"]
    assert [text for _, text in case.sides[-1].facts] == ["nothing: no longer active"]
    assert "nothing: no longer active" in text_of(manager.get(address(entry, "approve")))
    do(manager, entry, "approve", cashback="configs")
    entry.refresh_from_db()
    assert (entry.status, has(asha)) == ("approved", 0)
