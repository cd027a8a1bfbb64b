"""A page, the API and the file of a report say the same figures, and each figure is what docs/reports.md says it is."""

import csv
import io
from datetime import date
from decimal import Decimal
from re import sub

import pytest
from django.urls import reverse

from billing.models import Payment
from routes.models import Round
from subscriptions import services as dairy
from subscriptions.admin.report_page import Table
from subscriptions.models import Delivery
from tests import make
from tests.api.clients import client_of

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

DAYS = "from=2026-01-12&to=2026-01-13"
MONDAY, TUESDAY = date(2026, 1, 12), date(2026, 1, 13)


@pytest.fixture
def round_of_two():
    """Ada (place 2) and Bo (place 1) on North, Cy on no round; three orders of Tuesday, one of Monday, one extra item."""
    tenant = make.tenant()
    north = Round.objects.create(tenant=tenant, name="North", slots=["morning"])
    ada, bo = (make.customer(name=name, round=north) for name in ("Ada", "Bo"))
    for customer, position in ((ada, 2), (bo, 1)):
        customer.round_position = position
        customer.save()
    cy = make.customer(name="Cy", opening_balance_cents=500)
    milk = make.product(5000, code="CM", name="Cow milk")
    orders = [make.daily_order(2, of=ada, product=milk, day=MONDAY)]
    orders += [make.daily_order(2, of=customer, product=milk) for customer in (ada, bo, cy)]
    confirm(orders[0])
    confirm(orders[1], quantity=Decimal("1"))
    dairy.mark_not_delivered(actor=None, order=orders[2], reason="nobody there", now=make.NOW)
    dairy.add_delivery(
        actor=None, customer=cy, product=milk, quantity=Decimal("0.5"), day=TUESDAY, now=make.NOW, note="one more"
    )
    rep = make.user(name="Ravi")
    make.payment(4000, by=ada, channel="MOBILE_MONEY", collected_by=rep)
    make.payment(1500, by=cy)
    return {"ada": ada, "bo": bo, "cy": cy, "milk": milk, "orders": orders, "north": north, "rep": rep}


def confirm(order, **fields):
    return dairy.confirm_delivery(actor=None, order=order, now=make.NOW, **fields)


@pytest.fixture
def office():
    return client_of(make.user("FINANCE"))


@pytest.fixture
def desk(client):
    """The browser of somebody in the office."""
    client.force_login(make.user("FINANCE", is_staff=True), backend="accounts.permissions.RoleBackend")
    return client


def told(client, report, query=""):
    answer = client.get(f"/api/dairy/reports/{report}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def filed(client, address):
    text = b"".join(client.get(address).streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def shown(desk, report, query=""):
    answer = desk.get(f"{reverse(f'admin:report-{report}')}?{query}")
    assert answer.status_code == 200
    assert not answer.context["error"], answer.context["error"]
    return answer


def values(table: Table):
    return [[text(cell.value) for cell in row] for row in [*table.rows, *([table.foot] if table.foot else [])]]


def text(value):
    """A value of a page without its markup and its currency."""
    return sub("<small>.*?</small>", "", sub("<(?!small|/small)[^>]*>", "", str(value)))


def units(cents):
    return f"{'−' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def test_outstanding_is_the_same_on_the_page_in_the_api_and_in_the_file(round_of_two, office, desk):
    api = told(office, "outstanding", "selection=with_balance&sort=-outstanding")
    file = filed(office, "/api/dairy/reports/outstanding?selection=with_balance&sort=-outstanding&format=csv")
    table = shown(desk, "outstanding", "selection=with_balance&sort=-outstanding").context["tables"][1]
    assert [row["name"] for row in api["customers"]] == [row["name"] for row in file] == ["Ada", "Cy"]
    for row, line, cells in zip(api["customers"], file, values(table), strict=False):
        for column, name in ((6, "outstanding_cents"), (7, "credit_cents"), (8, "net_cents")):
            assert int(line[name]) == row[name]
            assert cells[column] == units(row[name])
    ada, cy = api["customers"]
    assert (ada["deliveries_unbilled_cents"], ada["credit_cents"], ada["net_cents"]) == (15_000, 4000, 11_000)
    assert (cy["outstanding_cents"], cy["credit_cents"], cy["round_name"]) == (2500, 1000, None)
    assert api["totals"]["outstanding_cents"] == 17_500
    assert values(table)[-1][6] == units(17_500)
    by_desk = filed(desk, reverse("admin:report-outstanding") + "?selection=with_balance&sort=-outstanding&format=csv")
    assert by_desk == file


def test_outstanding_pages_by_cursor(round_of_two, office):
    first = told(office, "outstanding", "sort=name&page_size=2")
    second = told(office, "outstanding", f"sort=name&page_size=2&cursor={first['next_cursor']}")
    names = [row["name"] for row in [*first["customers"], *second["customers"]]]
    assert names == ["Ada", "Bo", "Cy"]
    assert (second["next_cursor"], second["totals"]) == (None, None)
    wrong = office.get(f"/api/dairy/reports/outstanding?sort=-name&cursor={first['next_cursor']}")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "bad_cursor")


def test_the_statement_is_the_same_on_the_page_in_the_api_and_in_the_file(round_of_two, office, desk):
    ada = round_of_two["ada"]
    query = f"customer={ada.pk}&{DAYS}"
    api = told(office, "statement", query)
    file = filed(office, f"/api/dairy/reports/statement?{query}&format=csv")
    page = shown(desk, "statement", f"customer={ada.number}&{DAYS}")
    assert (api["opening_cents"], api["charged_cents"], api["paid_cents"], api["closing_cents"]) == (
        0,
        15_000,
        4000,
        11_000,
    )
    assert [(line["day"], line["kind"], line["balance_cents"]) for line in api["lines"]] == [
        ("2026-01-12", "delivery", 10_000),
        ("2026-01-13", "delivery", 15_000),
        ("2026-01-13", "payment", 11_000),
    ]
    assert [int(line["balance_cents"]) for line in file[1:-1]] == [line["balance_cents"] for line in api["lines"]]
    assert (file[0]["kind"], file[-1]["kind"], int(file[-1]["balance_cents"])) == ("opening", "closing", 11_000)
    assert [row[5] for row in values(page.context["tables"][0])] == [
        units(line["balance_cents"]) for line in api["lines"]
    ]


def test_an_invoice_informs_and_changes_no_balance_of_the_statement(round_of_two, office):
    ada = round_of_two["ada"]
    before = told(office, "statement", f"customer={ada.pk}")["closing_cents"]
    delivery = Delivery.objects.filter(customer=ada).first()
    bill = {"description": "Milk", "quantity": delivery.quantity, "unit_price_cents": 5000}
    make.invoice(to=ada, lines=[{**bill, "source_kind": "delivery", "source_id": delivery.pk}], source="SALES")
    make.invoice(1200, to=ada)
    after = told(office, "statement", f"customer={ada.pk}")
    told_of = [(line["charged_cents"], line["informs_cents"]) for line in after["lines"] if line["kind"] == "invoice"]
    assert sorted(told_of) == [(0, delivery.total_cents), (1200, 1200)]
    assert after["closing_cents"] == before + 1200


def test_a_statement_by_month_tells_each_product_once_and_closes_the_same(round_of_two, office):
    ada = round_of_two["ada"]
    days = told(office, "statement", f"customer={ada.pk}")
    months = told(office, "statement", f"customer={ada.pk}&by=month")
    [milk] = [line for line in months["lines"] if line["kind"] == "delivery"]
    assert (milk["quantity"], milk["charged_cents"], milk["day"]) == ("3.000", 15_000, "2026-01-13")
    assert milk["text"] == "Cow milk, January 2026: 2 days"
    assert months["closing_cents"] == days["closing_cents"]


def test_collection_is_the_same_everywhere_and_each_view_adds_up(round_of_two, office, desk):
    api = told(office, "collection", DAYS)
    file = filed(office, f"/api/dairy/reports/collection?{DAYS}&format=csv")
    tables = shown(desk, "collection", DAYS).context["tables"]
    totals = api["totals"]
    assert totals == {
        "payments": 2,
        "received_cents": 5500,
        "refunded_cents": 0,
        "kept_cents": 5500,
        "applied_cents": 500,
        "unapplied_cents": 5000,
    }
    for name, table in zip(("channel", "collector", "day"), tables, strict=True):
        rows = api[f"by_{name}"]
        assert {key: sum(row[key] for row in rows) for key in totals} == totals
        lines = [row for row in file if row["view"] == name]
        assert [int(line["kept_cents"]) for line in lines] == [row["kept_cents"] for row in rows]
        assert [cells[4] for cells in values(table)] == [units(row["kept_cents"]) for row in [*rows, totals]]
    assert [(row["collector"], row["received_cents"]) for row in api["by_collector"]] == [
        ("Ravi", 4000),
        ("Nobody named", 1500),
    ]


@pytest.mark.damages_rows
def test_what_is_no_money_in_is_not_collected(round_of_two, office):
    Payment.objects.update(status="FAILED", allocated_cents=0)
    assert told(office, "collection", DAYS)["totals"]["payments"] == 0


def test_performance_is_the_same_everywhere_with_extra_items_apart(round_of_two, office, desk):
    api = told(office, "performance", DAYS)
    file = filed(office, f"/api/dairy/reports/performance?{DAYS}&format=csv")
    tables = shown(desk, "performance", DAYS).context["tables"]
    totals = api["totals"]
    assert (totals["orders"], totals["delivered"], totals["not_delivered"], totals["waiting"]) == (4, 2, 1, 1)
    assert totals["completion_percent"] == 50
    assert (totals["planned_quantity"], totals["actual_quantity"], totals["variance_quantity"]) == (
        "8.000",
        "3.000",
        "-5.000",
    )
    assert (totals["planned_cents"], totals["actual_cents"], totals["variance_cents"]) == (40_000, 15_000, -25_000)
    assert (totals["extra_items"], totals["extra_quantity"], totals["extra_cents"]) == (1, "0.500", 2500)
    for name, table in zip(("product", "day", "customer"), tables, strict=True):
        rows = api[f"by_{name}"]
        assert sum(row["variance_cents"] for row in rows) == totals["variance_cents"]
        assert [int(line["actual_cents"]) for line in file if line["view"] == name] == [
            row["actual_cents"] for row in rows
        ]
        assert [cells[8] for cells in values(table)] == [units(row["variance_cents"]) for row in [*rows, totals]]


def test_production_is_the_same_everywhere_and_does_not_shrink(round_of_two, office, desk):
    before = told(office, "production", "date=2026-01-13")
    confirm(round_of_two["orders"][3])
    api = told(office, "production", "date=2026-01-13")
    file = filed(office, "/api/dairy/reports/production?date=2026-01-13&format=csv")
    [table, _] = shown(desk, "production", "date=2026-01-13").context["tables"]
    [milk] = api["products"]
    assert (milk["orders"], milk["planned_quantity"], milk["planned_cents"]) == (3, "6.000", 30_000)
    assert before["products"][0]["planned_quantity"] == milk["planned_quantity"]
    assert (before["products"][0]["delivered_quantity"], milk["delivered_quantity"]) == ("1.000", "3.000")
    assert [line["planned_quantity"] for line in file] == ["6.000"]
    assert values(table)[0] == ["Cow milk", "3", "6 litre", "3 litre", units(30_000)]


def test_the_route_sheet_goes_by_the_place_on_the_round_and_is_the_same_everywhere(round_of_two, office, desk):
    api = told(office, "route-sheet", "date=2026-01-13")
    file = filed(office, "/api/dairy/reports/route-sheet?date=2026-01-13&format=csv")
    stops = shown(desk, "route-sheet", "date=2026-01-13").context["tables"][1]
    names = ["Bo", "Ada", "Cy"]
    assert [stop["customer_name"] for stop in api["stops"]] == [line["customer_name"] for line in file] == names
    assert [row[1] for row in values(stops)] == names
    assert [line["status"] for line in file] == ["NOT_DELIVERED", "DELIVERED", "GENERATED"]
    assert [line["delivered_quantity"] for line in file] == ["", "1.000", ""]
    assert [(load["quantity"], load["lines"]) for load in api["totals"]] == [("6.000", 3)]


def test_the_route_sheet_shows_what_is_skipped_and_the_notes(round_of_two, office):
    ada, milk = round_of_two["ada"], round_of_two["milk"]
    standing = make.standing_order(3, of=ada, product=make.product(100, code="DH", name="Dahi"))
    fields = {"standing_order": standing, "first_day": TUESDAY, "last_day": TUESDAY}
    dairy.change_standing_order(actor=None, kind="SKIP", note="away", **fields)
    sheet = told(office, "route-sheet", "date=2026-01-13")
    lines = {line["product_code"]: line for stop in sheet["stops"] for line in stop["lines"]}
    assert (lines["DH"]["status"], lines["DH"]["quantity"], lines["DH"]["note"]) == ("SKIPPED", "0.000", "away")
    assert [load["product_code"] for load in sheet["totals"]] == [milk.code]


def test_a_withdrawn_order_is_on_no_report(round_of_two, office):
    dairy.withdraw_order(actor=None, order=round_of_two["orders"][3], reason="not wanted")
    assert told(office, "performance", DAYS)["totals"]["orders"] == 3
    assert told(office, "production", "date=2026-01-13")["orders"] == 2
    assert len(told(office, "route-sheet", "date=2026-01-13")["stops"]) == 2


def test_a_representative_sees_the_sheet_of_their_own_round_alone(round_of_two):
    rep, north = round_of_two["rep"], round_of_two["north"]
    assert told(client_of(rep), "route-sheet", "date=2026-01-13")["stops"] == []
    north.usual_rep = rep
    north.save()
    assert [stop["customer_name"] for stop in told(client_of(rep), "route-sheet", "date=2026-01-13")["stops"]] == [
        "Bo",
        "Ada",
    ]
    assert told(client_of(rep), "production", "date=2026-01-13")["orders"] == 2


def test_days_are_those_of_the_business(office):
    tenant = make.tenant()
    tenant.timezone = "Asia/Dhaka"
    tenant.save()
    make.payment(100, by=make.customer(), received_at=make.NOW.replace(hour=20))
    [day] = told(office, "collection")["by_day"]
    assert day["day"] == "2026-01-14"


@pytest.mark.parametrize("report", ["collection", "performance"])
def test_a_period_that_ends_before_it_begins_is_refused(report, office, desk):
    answer = office.get(f"/api/dairy/reports/{report}?from=2026-01-13&to=2026-01-12")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "period_reversed")
    page = desk.get(f"{reverse(f'admin:report-{report}')}?from=2026-01-13&to=2026-01-12")
    assert "it ends before it begins" in page.content.decode()


@pytest.mark.parametrize(
    "report", ["outstanding", "statement", "collection", "performance", "production", "route-sheet"]
)
def test_a_page_without_a_question_or_with_a_wrong_one_opens(report, desk):
    for query in ("", "?from=x&date=y&round=z&customer=nobody&sort=q&selection=w&cursor=c&format=pdf", "?format=csv"):
        assert desk.get(reverse(f"admin:report-{report}") + query).status_code == 200
