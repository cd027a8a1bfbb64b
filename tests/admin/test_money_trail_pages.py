"""Refunds, steps of payments and the gateway's calls in the admin: each tells its story; calls that wait are a work list."""

import pytest
from django.urls import reverse

from accounts.admin import page_of
from billing import services
from billing.admin.glance import RULES
from billing.backfills import payment_allocations
from billing.models import GatewayEvent, PaymentAuditLog, PaymentRefund
from billing.rules.allocation_mode import ORDERS
from billing.services import allocations
from tests import make
from tests.admin.actions.clicks import do, offered, text_of
from tests.admin.business import page

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture
def refund():
    paid = make.payment(5000, by=make.customer(name="Corner shop"))
    fields = {"reason": "paid twice", "reference": "OUT-7", "now": make.NOW}
    return services.refund_payment(actor=make.user("FINANCE", name="Nila"), payment=paid, amount_cents=1200, **fields)


def listed(client, model, question=""):
    return list(client.get(page(model, "changelist") + question).context["cl"].result_list)


def test_a_refund_says_of_which_payment_how_much_who_and_why(refund, bookkeeper):
    text = text_of(bookkeeper.get(page_of(refund)))
    for said in ("Corner shop", "Nila", "paid twice", "OUT-7", "12.00", "50.00", "Collected is less by it"):
        assert said in text, said


def test_a_refund_after_the_settlement_says_that_the_route_keeps_its_figures(bookkeeper):
    route = make.route()
    paid = make.payment(1000, sale=make.sale(1000, route=route))
    make.bring(route, to="RECONCILED")
    late = services.refund_payment(actor=None, payment=paid, amount_cents=100, reason="broken", now=make.NOW)
    text = text_of(bookkeeper.get(page_of(late)))
    assert f"route {route}" in text and "keeps what was signed for" in text
    assert listed(bookkeeper, PaymentRefund, f"?settled_route__id__exact={route.pk}") == [late]


def test_a_payments_page_leads_to_its_refunds_and_to_its_steps(refund, bookkeeper):
    services.refund_payment(actor=None, payment=make.payment(900), amount_cents=1, reason="other", now=make.NOW)
    card = bookkeeper.get(page_of(refund.payment)).context["card"]
    [given_back] = [figure.href for figure in card.figures if figure.label == "given back"]
    assert [row.pk for row in bookkeeper.get(given_back).context["cl"].result_list] == [refund.pk]
    [steps] = [link.href for link in card.links if link.text == "Every step"]
    actions = [row.action for row in bookkeeper.get(steps).context["cl"].result_list]
    assert actions == ["REFUNDED", "CREATED"]


@pytest.mark.parametrize("term", ["OUT-7", "{0.pk}", "{0.payment.pk}", "{0.payment.customer.number}"])
def test_a_refund_is_found_by_what_people_have_in_hand(term, refund, bookkeeper):
    services.refund_payment(actor=None, payment=make.payment(900), amount_cents=1, reason="other", now=make.NOW)
    assert listed(bookkeeper, PaymentRefund, f"?q={term.format(refund)}") == [refund]


def test_the_list_of_steps_says_how_much_each_step_was_about(refund, bookkeeper):
    make.invoice(1500, to=refund.payment.customer)
    [allocation] = services.allocate_payment(actor=None, payment=refund.payment, now=make.NOW)
    services.reverse_allocation(actor=None, allocation=allocation, reason="mistake", now=make.NOW)
    listing = bookkeeper.get(page(PaymentAuditLog, "changelist")).context["cl"]
    amounts = [listing.model_admin.amount_money(step) for step in listing.result_list]
    assert [amount.split(">")[1].removesuffix("<small") for amount in amounts] == ["−15.00", "15.00", "12.00", "50.00"]


def test_a_step_shows_what_was_before_and_after_in_words(refund, bookkeeper):
    step = PaymentAuditLog.objects.get(action="REFUNDED")
    answer = bookkeeper.get(page_of(step))
    [glance] = answer.context["glances"]
    changed = [cells for place, cells in enumerate(glance.rows) if place not in glance.quiet_rows]
    assert changed == [["Refunded", "0.00", "12.00"]]
    assert "Received" in text_of(answer) and "Nila" in text_of(answer)


def test_every_rule_that_chose_a_debt_has_words_for_people():
    chosen = [value for name, value in vars(allocations).items() if name.isupper() and isinstance(value, str)]
    assert len(chosen) >= 8
    assert {*chosen, payment_allocations.RULE, *(order.lower() for order in ORDERS)} <= set(RULES)


def test_the_log_tells_in_words_why_money_was_applied(bookkeeper):
    shop = make.customer()
    make.invoice(500, to=shop)
    services.allocate_payment(actor=None, payment=make.payment(500, by=shop), now=make.NOW)
    text = text_of(bookkeeper.get(reverse("admin:billing_paymentauditlog_changelist")))
    assert "due first" in text and "oldest_due_first" not in text


def test_steps_are_narrowed_to_what_somebody_did(refund, bookkeeper):
    assert [row.action for row in listed(bookkeeper, PaymentAuditLog, "?action__exact=REFUNDED")] == ["REFUNDED"]
    nila = refund.created_by_id
    assert len(listed(bookkeeper, PaymentAuditLog, f"?performed_by__id__exact={nila}")) == 1


def test_calls_that_could_not_be_done_are_a_work_list(bookkeeper):
    done = make.payment(1000, channel="GATEWAY", external_reference="TX-1")
    make.gateway_event(external_reference="TX-1")
    unknown = make.gateway_event(external_reference="TX-8")
    assert listed(bookkeeper, GatewayEvent, "?review=waiting") == [unknown]
    assert len(listed(bookkeeper, GatewayEvent)) == 2 and done.pk
    home = bookkeeper.get(reverse("admin:index")).context["cards"][1]
    [line] = [line for line in home["lines"] if line["label"] == "Gateway calls to look at"]
    assert line["value"] == "1"
    assert list(bookkeeper.get(line["href"]).context["cl"].result_list) == [unknown]


def test_an_unknown_reference_stands_beside_the_payments_of_its_amount(bookkeeper):
    alike = make.payment(1000, channel="GATEWAY", external_reference="TX-1O")
    make.payment(1001)
    make.payment(1000, by=make.customer(of=make.tenant("elsewhere")))
    event = make.gateway_event(external_reference="TX-10")
    make.gateway_event("FAILED", external_reference="TX-10")
    answer = bookkeeper.get(page_of(event))
    candidates, others = answer.context["glances"]
    assert [cells[3] for cells in candidates.rows] == [alike.external_reference]
    assert len(others.rows) == 1
    assert "Record it by GATEWAY" in text_of(answer)


def test_a_call_that_contradicts_the_books_stands_beside_its_payment(bookkeeper):
    make.payment(1000, channel="GATEWAY", external_reference="TX-1")
    event = make.gateway_event(amount_cents=990)
    answer = bookkeeper.get(page_of(event))
    [both] = answer.context["glances"]
    assert ["9.90" in str(both.rows[0][1]), "10.00" in str(both.rows[1][1])] == [True, True]
    assert "Contradicts the books" in text_of(answer)


def test_a_call_is_settled_with_words_and_the_next_takes_its_place(bookkeeper):
    first, second = make.gateway_event(external_reference="TX-8"), make.gateway_event(external_reference="TX-9")
    assert offered(bookkeeper, first) == ["settle"]
    assert do(bookkeeper, first, "settle", reason=" ").status_code == 422
    answer = do(bookkeeper, first, "settle", reason="test call of the gateway")
    assert answer.redirect_chain[-1][0] == page_of(second)
    first.refresh_from_db()
    assert (first.settled_reason, offered(bookkeeper, first)) == ("test call of the gateway", [])
    assert do(bookkeeper, second, "settle", reason="the same").redirect_chain[-1][0] == page_of(second)
    assert do(bookkeeper, second, "settle", reason="again").status_code == 409
    assert listed(bookkeeper, GatewayEvent, "?review=waiting") == []


def test_another_business_and_other_roles_settle_nothing(as_user):
    event = make.gateway_event(external_reference="TX-8")
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert do(stranger, event, "settle", reason="mine").status_code == 404
    assert do(as_user(make.user(is_staff=True)), event, "settle", reason="mine").status_code == 403
    event.refresh_from_db()
    assert event.settled_at is None
