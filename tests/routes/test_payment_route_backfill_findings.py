"""Which payments the route backfill leaves, for which reason, what a person can decide about them, and that no total moves."""

import pytest

from accounts.errors import Conflict, NotFound, RuleBroken
from billing.models import Payment
from billing.selectors.accountability import accountability_of_all
from operations.models import BackfillFinding
from operations.services.findings import decide_finding
from tests import legacy, make
from tests.billing.proof import assert_books_are_right
from tests.engine.here import command, execute, found, route_of, undo, unlinked

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

EARLIER, LATER = make.later(days=-1), make.later(hours=2)


def decide(finding: BackfillFinding, decision: str, argument: str = "", **fields):
    return decide_finding(
        actor=fields.pop("actor", None), finding_id=finding.pk, decision=decision, argument=argument,
        reason=fields.pop("reason", "the driver's notebook says so"), now=LATER,
    )  # fmt: skip


def unclear_payment() -> tuple[Payment, BackfillFinding]:
    """A payment whose sale was on another route when it was received, and what the run says about it."""
    before, now = make.route(), make.route()
    sale = legacy.sale(route=now, images=[(EARLIER, before), (make.later(hours=1), now)])
    payment = legacy.payment(sale=sale)
    return payment, execute().findings.get(kind="route_unclear")


# Reasons to leave a row ------------------------------------------------------------------------------------


def test_a_payment_for_no_sale_is_left_and_listed_for_information():
    payment = legacy.payment()
    run = execute()
    assert (route_of(payment), found(run)) == (None, {"no_sale": 1})
    assert not run.findings.get().needs_decision


def test_a_payment_whose_sale_is_on_no_route_is_left():
    payment = legacy.payment(sale=legacy.sale())
    run = execute()
    assert (route_of(payment), found(run), run.counts["written"]) == (None, {}, 0)


def test_a_payment_received_before_its_sale_was_on_any_route_is_left_and_settled():
    route = make.route()
    payment = legacy.payment(sale=legacy.sale(route=route, images=[(EARLIER, None), (make.later(hours=1), route)]))
    run = execute()
    assert (route_of(payment), found(run)) == (None, {"received_before_route": 1})
    assert not run.findings.get().needs_decision


def test_a_payment_received_after_the_route_was_reconciled_is_left_and_settled():
    route = make.route("COMPLETED")
    payment = legacy.payment(sale=legacy.sale(route=route), received_at=make.later(days=2))
    make.settle(route)
    run = execute()
    assert (route_of(payment), found(run)) == (None, {"route_reconciled": 1})
    assert not run.findings.get().needs_decision


def test_a_payment_whose_sale_was_on_another_route_is_unclear_with_both_routes_shown():
    payment, finding = unclear_payment()
    assert route_of(payment) is None
    assert finding.needs_decision
    assert finding.detail["sale_route_id"] == str(payment.sale.route_id)
    assert finding.detail["route_when_received_id"] not in {None, str(payment.sale.route_id)}


def test_a_payment_on_another_route_than_its_sale_is_a_mismatch_and_never_overwritten():
    other = make.route()
    payment = legacy.payment(sale=legacy.sale(route=make.route()), route=other)
    run = execute()
    assert (route_of(payment), found(run)) == (other.pk, {"mismatch": 1})


def test_a_routed_payment_whose_sale_left_its_route_is_listed():
    route = make.route()
    payment = legacy.payment(sale=legacy.sale(), route=route)
    assert (found(execute()), route_of(payment)) == ({"sale_left_route": 1}, route.pk)


def test_a_payment_collected_by_somebody_else_is_linked_and_listed():
    [payment] = unlinked(collected_by=make.user())
    assert found(execute()) == {"collector_differs": 1}
    assert route_of(payment) == payment.sale.route_id


def test_a_payment_that_came_in_on_a_reconciled_route_is_listed():
    route = make.route("COMPLETED")
    legacy.payment(sale=legacy.sale(route=route), route=route, received_at=make.later(days=2))
    make.settle(route)
    assert found(execute())["on_reconciled_route"] == 1


@pytest.mark.parametrize("status", Payment.Status.values)
def test_whatever_its_status_a_payment_is_linked(status):
    [payment] = unlinked(status=status)
    execute()
    assert route_of(payment) == payment.sale.route_id


# Decisions --------------------------------------------------------------------------------------------------


def test_to_keep_leaves_the_row_and_is_remembered_with_who_when_and_why():
    payment, finding = unclear_payment()
    boss = make.user("ADMIN")
    decide(finding, "keep", actor=boss, reason="cash was on the first truck")
    finding.refresh_from_db()
    assert (finding.decision, finding.decided_by, finding.decided_at) == ("keep", boss, LATER)
    assert route_of(payment) is None
    newest = finding.history.order_by("-history_id").first()
    assert (newest.decision, newest.decision_reason, newest.history_user) == (
        "keep",
        "cash was on the first truck",
        boss,
    )


def test_to_take_the_sale_s_route_writes_it_with_history():
    payment, finding = unclear_payment()
    boss = make.user("ADMIN")
    decide(finding, "take_sale_route", actor=boss)
    assert route_of(payment) == payment.sale.route_id
    image = payment.history.order_by("-history_id").first()
    assert (image.history_user, image.history_change_reason) == (boss, "the driver's notebook says so")
    assert image.route_id == payment.sale.route_id
    assert_books_are_right()


@pytest.mark.parametrize("by", ["number", "pk"])
def test_to_choose_a_route_takes_its_number_or_id(by):
    payment, finding = unclear_payment()
    third = make.route()
    decide(finding, "choose_route", str(getattr(third, by)))
    assert route_of(payment) == third.pk
    finding.refresh_from_db()
    assert finding.decision_detail == {"route": str(getattr(third, by))}


def test_a_decided_row_is_never_touched_or_reported_again():
    payment, finding = unclear_payment()
    decide(finding, "keep")
    Payment.objects.filter(pk=payment.pk).update(received_at=make.later(days=30))  # now it would be linked
    run = execute()
    assert (run.counts["written"], found(run), route_of(payment)) == (0, {}, None)
    preview = command("backfill_payment_route_id", "--json")
    assert (preview.code, preview.json["payments_unclear"], preview.json["message"]) == (0, 0, "Preview 0 payments")


def test_deciding_closes_the_row_s_findings_of_every_run():
    _, first = unclear_payment()
    second = execute().findings.get(kind="route_unclear")
    decide(second, "keep")
    first.refresh_from_db()
    assert first.decision == "keep"


def test_deciding_twice_is_refused():
    _, finding = unclear_payment()
    decide(finding, "keep")
    with pytest.raises(Conflict, match="decided 'keep' on"):
        decide(finding, "take_sale_route")


@pytest.mark.parametrize(
    ("decision", "argument", "error"),
    [
        ("guess", "", "cannot be decided here. Choose one of: keep, take_sale_route, choose_route"),
        ("choose_route", "", "needs a route"),
        ("choose_route", "N-404", "There is no route 'N-404'"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_and_decides_nothing(decision, argument, error):
    payment, finding = unclear_payment()
    with pytest.raises((RuleBroken, NotFound), match=error):
        decide(finding, decision, argument)
    finding.refresh_from_db()
    assert (finding.decision, route_of(payment)) == (None, None)


def test_a_decision_needs_a_reason():
    _, finding = unclear_payment()
    with pytest.raises(RuleBroken, match="needs a reason"):
        decide(finding, "keep", reason="  ")


def test_another_business_neither_finds_the_finding_nor_lends_its_routes():
    payment, finding = unclear_payment()
    stranger = make.user("ADMIN", of=make.tenant("other"))
    with pytest.raises(NotFound):
        decide(finding, "keep", actor=stranger)
    with pytest.raises(NotFound, match="in this business"):
        decide(finding, "choose_route", str(make.route(of=make.tenant("other")).pk))
    assert route_of(payment) is None


# Totals -----------------------------------------------------------------------------------------------------


def totals() -> dict:
    answer = accountability_of_all(make.tenant())
    collected = sum(rep["total_collected_from_payments_cents"] for rep in answer["representatives"])
    unattributed = sum(sums["cents"] for sums in answer["unattributed"].values())
    counting = sum(Payment.objects.counting().values_list("amount_cents", flat=True))
    assert collected + unattributed == answer["totals"]["all_payments_cents"] == counting
    people = {rep["user_id"]: rep["total_collected_cents"] for rep in answer["representatives"]}
    return {"people": people, "unattributed": answer["unattributed"], "all": counting}


def test_execute_and_undo_move_no_total_and_a_decision_only_attribution():
    unlinked(3)
    unlinked(2, collected_by=make.user())
    unlinked(status=Payment.Status.FAILED)
    legacy.payment()
    legacy.payment(sale=legacy.sale())
    legacy.payment(sale=legacy.sale(route=make.route()), route=make.route())
    before = totals()
    run = execute()
    assert totals() == before
    undo(run)
    assert totals() == before

    payment, finding = unclear_payment()
    unsure = totals()
    decide(finding, "take_sale_route")
    after = totals()
    assert after["all"] == unsure["all"]
    gained = after["people"][payment.sale.route.assigned_to_id] - unsure["people"][payment.sale.route.assigned_to_id]
    assert gained == payment.amount_cents
