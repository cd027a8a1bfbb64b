"""Money in by API: split, applied, previewed, corrected, given back; credits; keys, roles and clear refusals."""

from uuid import uuid4

import pytest

from billing import services
from billing.models import Allocation, Credit, Invoice, Payment, PaymentRefund
from tests import make
from tests.api.clients import client_of, error_of, pay, post

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture
def shop():
    return make.customer()


@pytest.fixture
def office():
    return client_of(make.user("FINANCE"))


def send(client, path, body=None, key=None):
    """POST with a key of its own unless one is given."""
    return post(client, f"/api/billing/{path}", body, key=key or uuid4().hex)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def to(invoice, cents):
    return {"invoice_id": str(invoice.pk), "amount_cents": cents}


def test_one_receipt_over_many_invoices_is_split_as_it_comes_in(office, shop):
    first, second = make.invoice(3000, to=shop), make.invoice(2000, to=shop)
    answer = pay(office, customer_id=str(shop.pk), amount_cents=5000, allocations=[to(first, 3000), to(second, 2000)])
    assert answer.status_code == 201, answer.content
    assert answer.json()["allocation_status"] == "fully_applied"
    rows = office.get(f"/api/billing/payments/{answer.json()['id']}/allocations").json()["results"]
    assert {(row["invoice_id"], row["rule"], row["rank"]) for row in rows} == {
        (str(first.pk), "manual", 1),
        (str(second.pk), "manual", 2),
    }


def test_a_representative_does_not_split(shop):
    rep = client_of(make.user("SALES_REP"))
    body = {"customer_id": str(shop.pk), "allocations": [{"opening_balance": True, "amount_cents": 1}]}
    error_of(pay(rep, **body), 403, "not_allowed")
    assert not Payment.objects.exists()


def test_without_a_list_a_payment_is_applied_as_its_preview_says(office, shop):
    late = make.invoice(700, to=shop, due_at=make.later(days=9))
    soon = make.invoice(600, to=shop, due_at=make.later(days=3))
    paid = make.payment(1000, by=shop)
    preview = office.get(f"/api/billing/payments/{paid.pk}/allocation-preview").json()
    assert [(row["invoice_id"], row["amount_cents"]) for row in preview["allocations"]] == [
        (str(soon.pk), 600),
        (str(late.pk), 400),
    ]
    assert preview["left_cents"] == 0 and not Allocation.objects.exists()
    answer = send(office, f"payments/{paid.pk}/allocate")
    assert (answer.status_code, answer.json()["unallocated_cents"]) == (200, 0)
    assert (fresh(soon).status, fresh(late).allocated_cents) == ("PAID", 400)
    error_of(office.get(f"/api/billing/payments/{paid.pk}/allocation-preview"), 422, "more_than_the_payment_has")


def test_the_answer_says_how_much_the_opening_balance_took(office, shop):
    paid = make.payment(800, by=shop)
    services.correct_opening_balance(actor=None, customer=shop, opening_balance_cents=300, reason="paper book")
    answer = send(
        office, f"payments/{paid.pk}/allocate", {"allocations": [{"opening_balance": True, "amount_cents": 500}]}
    )
    [allocation] = answer.json()["allocations"]
    assert (allocation["opening_balance_customer_id"], allocation["amount_cents"]) == (str(shop.pk), 300)
    assert answer.json()["unallocated_cents"] == 500


@pytest.mark.parametrize("cents", [0, -1, 1.5, "100", None, True, 10**16])
def test_an_amount_that_is_none_is_malformed_and_nothing_is_written(office, shop, cents):
    paid, credit = make.payment(1000, by=shop), make.credit(1000, to=shop)
    invoice = make.invoice(1000, to=shop)
    for path in (f"payments/{paid.pk}/allocate", f"credits/{credit.pk}/apply", f"credits/{paid.pk}/apply"):
        error = error_of(send(office, path, {"allocations": [to(invoice, cents)]}), 400, "invalid")
        assert "allocations" in error["fields"]
    error_of(send(office, f"payments/{paid.pk}/refund", {"amount_cents": cents, "reason": "x"}), 400, "invalid")
    change = {"amount_cents": cents, "reason": "x"}
    error_of(office.patch(f"/api/billing/payments/{paid.pk}", change, format="json"), 400, "invalid")
    grant = {"customer_id": str(shop.pk), "amount_cents": cents, "reason": "x"}
    error_of(send(office, "credits", grant), 400, "invalid")
    assert not Allocation.objects.exists() and Credit.objects.count() == 1 and fresh(paid).amount_cents == 1000


REFUSED = {
    "beyond the payment": (1501, "more_than_the_payment_has", 422),
    "beyond the invoice": (1001, "more_than_is_owed", 422),
    "draft": (1, "invoice_asks_nothing", 409),
    "void": (1, "invoice_asks_nothing", 409),
    "deleted": (1, "invoice_is_deleted", 409),
    "another customer's": (1, "other_customer", 422),
    "another tenant's": (1, "not_found", 404),
    "another currency": (1, "wrong_currency", 422),
    "nobody's": (1, "not_found", 404),
}


def invoice_that_is(what, shop):
    if what == "draft":
        return make.draft(1000, to=shop)
    if what == "another tenant's":
        return make.invoice(1000, of=make.tenant("other"))
    if what == "another customer's":
        return make.invoice(1000)
    if what == "another currency":
        return make.invoice(1000, to=shop, currency="USD")
    invoice = make.invoice(2000 if what == "beyond the payment" else 1000, to=shop)
    if what == "void":
        services.void_invoice(actor=None, invoice=invoice, reason="mistake", now=make.NOW)
    if what == "deleted":
        services.delete_invoice(actor=None, invoice=invoice, now=make.NOW)
    return Invoice(pk=uuid4()) if what == "nobody's" else invoice


@pytest.mark.parametrize("what", REFUSED)
def test_money_that_cannot_go_there_is_refused_in_words_and_nothing_is_written(office, shop, what):
    cents, code, status = REFUSED[what]
    paid, credit = make.payment(1500, by=shop), make.credit(1500, to=shop)
    body = {"allocations": [to(invoice_that_is(what, shop), cents)]}
    for path in (f"payments/{paid.pk}/allocate", f"credits/{credit.pk}/apply"):
        error_of(send(office, path, body), status, code)
    error_of(pay(office, customer_id=str(shop.pk), amount_cents=1500, **body), status, code)
    assert not Allocation.objects.exists() and Payment.objects.count() == 1


def test_a_list_of_10000_allocations_is_refused_before_anything_in_it_is_looked_at(office, shop):
    paid = make.payment(1500, by=shop)
    body = {"allocations": [{"amount_cents": 1, "invoice_id": "0193a7c0-0000-7000-8000-000000000001"}] * 10_000}
    error = error_of(send(office, f"payments/{paid.pk}/allocate", body), 400, "invalid")
    assert error["fields"] == {"allocations": ["Ensure this field has no more than 500 elements."]}


@pytest.mark.parametrize(
    "split",
    [
        {"amount_cents": 1},
        {"amount_cents": 1, "opening_balance": False},
        {"amount_cents": 1, "opening_balance": "true"},
        {"amount_cents": 1, "opening_balance": True, "invoice_id": "0193a7c0-0000-7000-8000-000000000001"},
        {"amount_cents": 1, "invoice_id": "junk"},
        {"amount_cents": 1, "invoice": "0193a7c0-0000-7000-8000-000000000001"},
        7,
    ],
)
def test_a_split_that_names_no_debt_or_two_is_malformed(office, shop, split):
    paid = make.payment(1500, by=shop)
    error_of(send(office, f"payments/{paid.pk}/allocate", {"allocations": [split]}), 400, "invalid")


KEYED = {
    "payments/{payment}/allocate": {},
    "payments/{payment}/refund": {"amount_cents": 100, "reason": "paid twice"},
    "credits/{credit}/apply": {},
    "credits": {"customer_id": "{shop}", "amount_cents": 100, "reason": "late"},
}


@pytest.mark.parametrize("path", KEYED)
def test_money_posts_need_a_key_and_are_done_once_with_it(office, shop, path):
    make.invoice(100, to=shop)
    names = {"payment": make.payment(500, by=shop).pk, "credit": make.credit(500, to=shop).pk, "shop": shop.pk}
    body = {name: value.format(**names) if isinstance(value, str) else value for name, value in KEYED[path].items()}
    path = path.format(**names)
    error_of(post(office, f"/api/billing/{path}", body), 400, "idempotency_key_missing")
    first, again = (send(office, path, body, key="once") for _ in range(2))
    assert first.status_code in {200, 201} and first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    error_of(send(office, path, {**body, "reason": "something else"}, key="once"), 422, "idempotency_key_reused")
    assert Allocation.objects.count() + PaymentRefund.objects.count() + Credit.objects.count() == 2


def test_money_goes_back_in_parts_and_never_more_than_came_in(office, shop):
    invoice, paid = make.invoice(1000, to=shop), make.payment(1000, by=shop)
    send(office, f"payments/{paid.pk}/allocate")
    body = send(office, f"payments/{paid.pk}/refund", {"amount_cents": 400, "reason": "too much"}).json()
    assert (body["status"], body["refunded_cents"], body["allocated_cents"]) == ("SUCCEEDED", 400, 600)
    assert fresh(invoice).status == "PARTIALLY_PAID"
    over = {"amount_cents": 601, "reason": "too much"}
    error_of(send(office, f"payments/{paid.pk}/refund", over), 422, "more_than_came_in")
    body = send(office, f"payments/{paid.pk}/refund", {"amount_cents": 600, "reason": "all"}).json()
    assert body["status"] == "REFUNDED"
    error_of(
        send(office, f"payments/{paid.pk}/refund", {"amount_cents": 1, "reason": "x"}), 409, "payment_not_refundable"
    )


def test_the_amount_is_corrected_by_patch_within_its_limits(office, shop):
    make.invoice(300, to=shop)
    paid = make.payment(800, by=shop)
    send(office, f"payments/{paid.pk}/allocate")

    def patch(cents):
        body = {"amount_cents": cents, "reason": "mistyped"}
        return office.patch(f"/api/billing/payments/{paid.pk}", body, format="json")

    assert patch(900).json()["unallocated_cents"] == 600
    error_of(patch(299), 422, "less_than_is_used")
    assert patch(300).json()["allocation_status"] == "fully_applied"
    error_of(patch(900), 409, "amount_is_fixed")


def test_a_simulated_payment_is_refused_where_it_is_not_allowed(office, shop, settings):
    settings.SIMULATED_PAYMENTS = False
    error_of(pay(office, customer_id=str(shop.pk), channel="SIMULATED"), 422, "simulation_not_allowed")
    settings.SIMULATED_PAYMENTS = True
    assert pay(office, customer_id=str(shop.pk), channel="SIMULATED").status_code == 201


def test_the_proof_is_the_offices_and_each_look_is_in_the_audit_trail(office, shop):
    body = pay(office, customer_id=str(shop.pk), proof_reference="proofs/slip.jpg").json()
    assert body["has_proof"] is True and "slip" not in str(body)
    path = f"/api/billing/payments/{body['id']}"
    assert office.get(f"{path}/proof").json() == {"proof_reference": "proofs/slip.jpg"}
    assert [step["action"] for step in office.get(f"{path}/audit").json()["results"]] == ["VERIFIED", "CREATED"]
    assert "slip" not in str(office.get(f"{path}/history").json())


def test_an_allocation_is_taken_back_once(office, shop):
    invoice, paid = make.invoice(300, to=shop), make.payment(300, by=shop)
    send(office, f"payments/{paid.pk}/allocate")
    row = Allocation.objects.get()
    answer = send(office, f"allocations/{row.pk}/reverse", {"reason": "wrong one"}).json()
    assert (answer["reverses_id"], fresh(invoice).status) == (str(row.pk), "OVERDUE")
    error_of(send(office, f"allocations/{row.pk}/reverse", {"reason": "again"}), 409, "allocation_is_gone")


def test_all_credit_is_in_one_list_and_applied_in_one_way(office, shop):
    paid, credit = make.payment(500, by=shop), make.credit(300, to=shop)
    make.payment(100), make.credit(100, to=make.customer(of=make.tenant("other")))
    entries = office.get(f"/api/billing/credits?customer_id={shop.pk}").json()["results"]
    assert [(entry["kind"], entry["id"], entry["left_cents"]) for entry in entries] == [
        ("credit", str(credit.pk), 300),
        ("payment", str(paid.pk), 500),
    ]
    assert len(office.get("/api/billing/credits").json()["results"]) == 3
    first, second = make.invoice(200, to=shop), make.invoice(400, to=shop)
    for source, cents in ((credit, 200), (paid, 300)):
        target = first if source is credit else second
        answer = send(office, f"credits/{source.pk}/apply", {"allocations": [to(target, cents)]})
        assert [row["amount_cents"] for row in answer.json()["allocations"]] == [cents]
        assert answer.json()["left_cents"] == fresh(source).unallocated_cents
    assert (fresh(first).status, fresh(second).balance_cents) == ("PAID", 100)
    left = office.get(f"/api/billing/credits?customer_id={shop.pk}").json()["results"]
    assert {entry["left_cents"] for entry in left} == {100, 200}


def test_the_list_of_credits_pages_without_losing_or_repeating_one(office, shop):
    rows = [make.payment(5, by=shop) if number % 3 else make.credit(5, to=shop) for number in range(7)]
    seen, address = [], f"/api/billing/credits?customer_id={shop.pk}&page_size=2"
    while address:
        page = office.get(address).json()
        seen += [entry["id"] for entry in page["results"]]
        address = page["next"]
    assert seen == [str(row.pk) for row in reversed(rows)]
    back = office.get(office.get(f"/api/billing/credits?customer_id={shop.pk}&page_size=3").json()["next"]).json()
    assert [entry["id"] for entry in office.get(back["previous"]).json()["results"]] == seen[:3]


def test_a_credit_is_void_with_a_reason_and_once(office, shop):
    invoice, credit = make.invoice(300, to=shop), make.credit(300, to=shop)
    send(office, f"credits/{credit.pk}/apply")
    assert fresh(invoice).status == "PAID"
    error_of(send(office, f"credits/{credit.pk}/void"), 400, "invalid")
    answer = send(office, f"credits/{credit.pk}/void", {"reason": "not agreed"}).json()
    assert (answer["status"], answer["left_cents"], fresh(invoice).status) == ("VOIDED", 0, "OVERDUE")
    error_of(send(office, f"credits/{credit.pk}/void", {"reason": "again"}), 409, "credit_is_void")
    error_of(send(office, f"credits/{credit.pk}/apply"), 409, "payment_is_no_money")


def test_who_approves_sees_it_pay_for_what_it_was_meant_for():
    strict = make.tenant("strict", requires_payment_verification=True)
    clerk, boss = (client_of(make.user(role, of=strict)) for role in ("FINANCE", "ADMIN"))
    shop = make.customer(of=strict)
    invoice = make.invoice(600, to=shop)
    waiting = pay(clerk, customer_id=str(shop.pk), amount_cents=700, allocations=[to(invoice, 600)]).json()
    assert (waiting["status"], waiting["allocated_cents"]) == ("PENDING", 0)
    assert len(boss.get("/api/billing/payments?verification_status=PENDING_VERIFICATION").json()["results"]) == 1
    error_of(post(clerk, f"/api/billing/payments/{waiting['id']}/approve"), 403, "own_payment")
    approved = post(boss, f"/api/billing/payments/{waiting['id']}/approve").json()
    assert (approved["allocated_cents"], approved["unallocated_cents"]) == (600, 100)
    assert fresh(invoice).status == "PAID"
