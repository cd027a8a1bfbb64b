"""A month of a dairy round, as its office would tell it, through the API. Amounts in rupees; INR 1.00 = 100 cents.

Five customers: four on Ganesh's round, and a canteen that is on none. Thirty days that have passed, day 1 to day 30; today is
day 31. Every day is generated twice and confirmed by two people, as happens.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Customer, Payment
from routes.services import create_round
from subscriptions.models import DailyOrder, Delivery
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

DAYS = 30
PRICE_ROSE_ON = 16
NOT_CONFIRMED = 28  # the canteen's delivery of this day is found only after the month was invoiced
DELIVERED = {"Apte": 3720, "Bhosale": 655, "Chavan": 3349, "Gokhale": 840, "Canteen": 18_300}
INVOICED = {"Apte": 3720 + 180, "Bhosale": 655, "Chavan": 3349, "Gokhale": 840, "Canteen": 18_300 - 620 + 225}
LEFT = {"Apte": 1400, "Bhosale": 255, "Chavan": -451, "Gokhale": 0, "Canteen": 4905, "Walk-in customer": 0}


class Month:
    """The dairy, its people and customers, and the month as a calendar."""

    def __init__(self):
        self.tenant = make.tenant("meadow", currency="INR", timezone="Asia/Kolkata", invoice_numbering="INDIAN_FY")
        self.rao, self.ganesh = make.user("FINANCE", of=self.tenant), make.user(of=self.tenant, name="Ganesh")
        self.office, self.rep = client_of(self.rao), client_of(self.ganesh)
        self.today = self.tenant.day_of(timezone.now())
        self.round = create_round(
            actor=None, tenant=self.tenant, name="North", slots=["morning", "evening"], usual_rep=self.ganesh
        )
        self.who, self.products, self.standing = {}, {}, {}

    def day(self, number):
        return self.today - timedelta(days=DAYS + 1 - number)

    def at(self, number, hour=10):
        return datetime.combine(self.day(number), time(hour), self.tenant.zone).isoformat()

    def ask(self, path, client=None, **query):
        answer = (client or self.office).get(f"/api/{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def tell(self, path, client=None, status=(200, 201), **body):
        answer = post(client or self.office, f"/api/{path}", body, key=uuid4().hex)
        assert answer.status_code in status, (path, answer.status_code, answer.content)
        return answer.json()

    def pay(self, name, rupees, channel, number, client=None, **said):
        body = {"customer_id": self.who[name], "amount_cents": rupees * 100, "channel": channel, **said}
        return self.tell("billing/payments", client, received_at=self.at(number), **body)

    def order_of(self, name, number, code="MILK"):
        found = self.ask("dairy/orders", customer_id=self.who[name], date=str(self.day(number)))["results"]
        [order] = [row for row in found if row["product_id"] == self.products[code]]
        return order


@pytest.fixture
def month(db):
    month = Month()
    take_on_customers(month)
    take_standing_orders(month)
    return month


def take_on_customers(month):
    """Mrs Apte brings 500.00 from the paper book. Milk is 60.00 a litre, from day 16 on 62.00; a pot of curd 45.00."""
    for name in DELIVERED:
        said = {"opening_balance_cents": 500_00} if name == "Apte" else {}
        said |= {} if name == "Canteen" else {"round_id": str(month.round.pk)}
        month.who[name] = month.tell("billing/customers", name=name, **said)["id"]
    for code, unit, rupees, tax in (("MILK", "litre", 60, 0), ("CURD", "500 g", 45, 500)):
        price = {"unit_price_cents": rupees * 100, "tax_rate_bps": tax, "valid_from": str(month.day(1))}
        month.products[code] = month.tell("dairy/products", code=code, name=code.title(), unit=unit, **price)["id"]
    risen = {"unit_price_cents": 62_00, "valid_from": str(month.day(PRICE_ROSE_ON))}
    month.tell(f"dairy/products/{month.products['MILK']}/prices", **risen)


def take_standing_orders(month):
    """Bhosale takes a litre every other day and is away from day 11 to 20; Gokhale stops after day 15."""
    for name, code, quantities, slot in (
        ("Apte", "MILK", [2], "morning"),
        ("Bhosale", "MILK", [1, 0], "morning"),
        ("Chavan", "MILK", ["1.5"], "morning"),
        ("Chavan", "CURD", [1, 0, 0], "evening"),
        ("Gokhale", "MILK", [1], "evening"),
        ("Canteen", "MILK", [10], ""),
    ):
        wanted = {"customer_id": month.who[name], "product_id": month.products[code], "quantities": quantities}
        made = month.tell("dairy/standing-orders", starts_on=str(month.day(1)), slot=slot, **wanted)
        month.standing[name, code] = f"dairy/standing-orders/{made['id']}"
    away = {"first_day": str(month.day(11)), "last_day": str(month.day(20)), "note": "Away"}
    month.tell(f"{month.standing['Bhosale', 'MILK']}/changes", kind="SKIP", **away)
    guests = {"first_day": str(month.day(24)), "last_day": str(month.day(25)), "quantity": 1}
    month.tell(f"{month.standing['Chavan', 'MILK']}/changes", kind="INCREASE", **guests)
    month.tell(f"{month.standing['Gokhale', 'MILK']}/end", ends_on=str(month.day(15)), reason="moves away")


def live_through(month):
    """Each evening's orders are made by the office and once more by Ganesh; he confirms his round, the office the rest."""
    differences = {
        3: ("Apte", "1.5", "a packet leaked"),
        5: ("Gokhale", 0, "gate locked"),
        8: ("Chavan", 2, "asked for more"),
    }
    for number in range(1, DAYS + 1):
        day = str(month.day(number))
        made = month.tell("dairy/orders/generate", date=day)
        again = month.tell("dairy/orders/generate", month.rep, date=day)
        assert (again["created"], again["changed"], again["withdrawn"]) == (0, 0, 0)
        assert again["unchanged"] == made["created"]
        exceptions = []
        if difference := differences.get(number):
            name, quantity, note = difference
            exceptions = [{"order_id": month.order_of(name, number)["id"], "quantity": quantity, "note": note}]
        on_round = {"date": day, "round_id": str(month.round.pk)}
        mine = month.tell("dairy/deliveries/confirm", month.rep, **on_round, exceptions=exceptions)
        assert len(mine["items"]) == made["created"] - 1
        if number != NOT_CONFIRMED:
            rest = month.tell("dairy/deliveries/confirm", date=day)
            assert (rest["delivered"], rest["already_delivered"] + rest["already_not_delivered"]) == (
                1,
                len(mine["items"]),
            )
    for name, number, pots in (("Apte", 10, 2), ("Bhosale", 22, 1)):
        extra = {"customer_id": month.who[name], "product_id": month.products["CURD"], "quantity": pots}
        month.tell("dairy/deliveries", month.rep, day=str(month.day(number)), slot="morning", **extra)


def sell_besides(month):
    """On credit: curd to the canteen on day 12 and to Apte on day 20. Over the counter: milk, for cash and by QR code."""
    for name, number, pots in (("Canteen", 12, 5), ("Apte", 20, 4)):
        line = {"description": "Curd", "quantity": pots, "unit_price_cents": 45_00, "tax_rate_bps": 500}
        sale = {"customer_id": month.who[name], "sale_type": "CREDIT", "lines": [line]}
        assert month.tell("billing/sales", sold_at=month.at(number), **sale)["status"] == "PENDING"
    for number, litres, rupees, channel in ((7, 2, 60, "CASH"), (18, 1, 62, "MOBILE_MONEY")):
        line = {"description": "Milk", "quantity": litres, "unit_price_cents": rupees * 100}
        sold = month.tell("billing/counter-sales", month.rep, sold_at=month.at(number), channel=channel, lines=[line])
        assert sold["sale"]["status"] == "COMPLETED"


def invoice_the_month(month):
    """Looked at first, then made, then made again by somebody who did not know; each customer's total is what the table says."""
    period = {"period_start": str(month.day(1)), "period_end": str(month.day(DAYS))}
    seen = month.tell("billing/invoices/generate", **period)
    assert {row["name"]: row["total_cents"] / 100 for row in seen["customers"]} == INVOICED
    made = month.tell("billing/invoices/generate?dry_run=false", **period)
    assert (made["items_done"], made["items_failed"]) == (5, 0)
    again = month.tell("billing/invoices/generate?dry_run=false", **period)
    assert (again["items_done"], again["items_skipped"]) == (0, 5)
    strictly = {**period, "refuse_invoiced": True}
    error_of(post(month.office, "/api/billing/invoices/generate?dry_run=false", strictly), 409, "some_are_invoiced")
    assert month.tell("billing/invoices/generate", **period)["already_invoiced"] == 5
    return invoices_of(month)


def invoices_of(month):
    """The newest invoice of each customer, by name."""
    names = {key: name for name, key in month.who.items()}
    rows = month.ask("billing/invoices/tenant", pageSize=50)["invoices"]
    return {names[row["customer"]["id"]]: SimpleNamespace(**row) for row in reversed(rows)}


def bill_the_late_delivery(month):
    """Day 28 of the canteen turns up: it goes on the next invoice, as a line that says so."""
    order = month.order_of("Canteen", NOT_CONFIRMED)
    month.tell("dairy/deliveries/confirm", orders=[{"order_id": order["id"], "note": "found in the van"}])
    period = {"period_start": str(month.today), "period_end": str(month.today)}
    made = month.tell("billing/invoices/generate?dry_run=false", **period, customer_ids=[month.who["Canteen"]])
    late = month.ask(f"billing/invoices/{made['items'][0]['document_id']}")
    assert [line["description"] for line in late["lines"]] == [
        f"{month.day(NOT_CONFIRMED)} Milk, delivered before this period"
    ]
    assert late["total_cents"] == 620_00
    return SimpleNamespace(**late)


def delete_and_recover(month, invoice):
    """Gokhale's invoice is deleted by mistake, so his deliveries wait again; recovered, it has them and its number back."""
    waiting = {"customer_id": month.who["Gokhale"], "billed": "false"}
    assert month.office.delete(f"/api/billing/invoices/{invoice.id}").status_code in {200, 204}
    assert len(month.ask("dairy/deliveries", **waiting)["results"]) == 14
    recovered = month.tell(f"billing/invoices/{invoice.id}/recover")
    assert (recovered["number"], recovered["balance_cents"]) == (invoice.number, 840_00)
    assert month.ask("dairy/deliveries", **waiting)["results"] == []


def pay_in_every_way(month, invoices, late):
    """All four modes, a list of the round, a sale paid quickly, money that nothing asks for yet, and some of it given back."""
    first = month.pay("Apte", 3000, "CASH", 25, mode="OPENING_FIRST", collected_by_id=str(month.ganesh.pk))
    assert first["allocation_status"] == "fully_applied"
    too_much = month.pay("Chavan", 4000, "BANK_TRANSFER", 26, mode="OLDEST", reference="NEFT 1")
    assert too_much["unallocated_cents"] == 651_00
    parts = [(invoices["Canteen"].id, 10_000), (late.id, 620)]
    said = [{"invoice_id": key, "amount_cents": rupees * 100} for key, rupees in parts]
    month.pay("Canteen", 10_620, "CHEQUE", 27, mode="MANUAL", allocations=said)
    assert month.pay("Canteen", 3000, "UPI", 28, mode="LARGEST")["channel"] == "MOBILE_MONEY"
    rows = [
        {"key": name, "customer_id": month.who[name], "amount_cents": rupees * 100, "channel": "CASH", "mode": "OLDEST"}
        for name, rupees in (("Gokhale", 840), ("Bhosale", 300))
    ]
    assert month.tell("billing/payments/bulk", rows=rows)["items_done"] == 2
    assert month.pay("Bhosale", 100, "MOBILE_MONEY", 30, month.rep)["allocation_status"] == "unapplied"
    curd = {"description": "Curd", "quantity": 2, "unit_price_cents": 45_00}
    sale = month.tell(
        "billing/sales", customer_id=month.who["Gokhale"], sale_type="CREDIT", sold_at=month.at(30), lines=[curd]
    )
    month.tell(f"billing/sales/{sale['id']}/pay", channel="CASH")
    assert month.ask(f"billing/sales/{sale['id']}")["status"] == "COMPLETED"
    month.tell(f"billing/payments/{too_much['id']}/refund", amount_cents=200_00, reason="he asked for it")
    unapplied = month.ask("billing/payments/unapplied")["results"]
    assert sorted(row["left_cents"] for row in unapplied) == [100_00, 451_00]


def prove_every_balance(month):
    """What each customer owes is the table's figure: by documents, by transactions, and where their statement closes."""
    rows = month.ask("dairy/reports/outstanding")["customers"]
    by_documents = {row["name"]: (row["outstanding_cents"] - row["credit_cents"]) / 100 for row in rows}
    by_transactions = {row["name"]: row["transactions_cents"] / 100 for row in rows}
    closing = {
        row["name"]: month.ask("dairy/reports/statement", customer=row["customer_id"])["closing_cents"] / 100
        for row in rows
    }
    assert (by_documents, by_transactions, closing) == (LEFT, LEFT, LEFT)
    assert Customer.objects.filter(tenant=month.tenant).count() == len(LEFT)
    for row in rows:
        before = month.ask("dairy/reports/statement", customer=row["customer_id"], to=str(month.day(15)))
        after = month.ask("dairy/reports/statement", customer=row["customer_id"], **{"from": str(month.day(16))})
        assert (before["closing_cents"], after["closing_cents"] / 100) == (after["opening_cents"], LEFT[row["name"]])


def prove_the_collection(month):
    """The report is the payments: in all, by day, by channel and by who collected."""
    report = month.ask("dairy/reports/collection")
    payments = list(Payment.objects.filter(tenant=month.tenant).counting())
    by_channel = defaultdict(int)
    for payment in payments:
        by_channel[payment.channel] += payment.amount_cents
    totals = report["totals"]
    assert totals["payments"] == len(payments) == 10
    assert (totals["received_cents"], totals["refunded_cents"], totals["unapplied_cents"]) == (
        22_132_00,
        200_00,
        551_00,
    )
    assert totals["applied_cents"] == sum(payment.allocated_cents for payment in payments)
    assert {row["channel"]: row["received_cents"] for row in report["by_channel"]} == by_channel
    for view in ("by_day", "by_channel", "by_collector"):
        assert sum(row["kept_cents"] for row in report[view]) == totals["kept_cents"] == 21_932_00


def prove_the_deliveries(month):
    """Planned and actual differ by exactly what was told; together with the extra items they are what was delivered."""
    report = month.ask("dairy/reports/performance")
    totals = report["totals"]
    assert (totals["orders"], totals["delivered"], totals["not_delivered"], totals["waiting"]) == (125, 124, 1, 0)
    assert (totals["planned_cents"], totals["actual_cents"]) == (26_789_00, 26_729_00)
    assert totals["variance_cents"] == (-30 - 60 + 30) * 100
    assert (totals["extra_items"], totals["extra_cents"]) == (2, 135_00)
    for view in ("by_day", "by_product", "by_customer"):
        assert sum(row["actual_cents"] + row["extra_cents"] for row in report[view]) == 26_864_00
    names = {row["customer_name"]: (row["actual_cents"] + row["extra_cents"]) / 100 for row in report["by_customer"]}
    assert names == DELIVERED
    assert (
        not DailyOrder.objects.filter(tenant=month.tenant).exclude(status__in=["DELIVERED", "NOT_DELIVERED"]).exists()
    )
    assert not Delivery.objects.filter(tenant=month.tenant).unbilled().exists()


def test_a_month_of_a_dairy_round(month):
    """Five households, one round, one canteen.

    |         | delivered | on credit | from before | paid            | given back | left to pay  |
    |---------|-----------|-----------|-------------|-----------------|------------|--------------|
    | Apte    |      3720 |       180 |         500 | 3000            |            |         1400 |
    | Bhosale |       655 |           |             | 300 + 100       |            |          255 |
    | Chavan  |      3349 |           |             | 4000            |        200 | -451: credit |
    | Gokhale |       840 |        90 |             | 840 + 90        |            |            0 |
    | Canteen |     18300 |       225 |             | 10 620 + 3000   |            |         4905 |
    """
    live_through(month)
    sell_besides(month)
    assert_books_are_right()
    invoices = invoice_the_month(month)
    late = bill_the_late_delivery(month)
    delete_and_recover(month, invoices["Gokhale"])
    pay_in_every_way(month, invoices, late)
    prove_every_balance(month)
    prove_the_collection(month)
    prove_the_deliveries(month)
    assert_books_are_right()
