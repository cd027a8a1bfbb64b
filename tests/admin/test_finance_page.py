"""The finance page: its figures are the summary's, and each leads to a list of exactly the invoices behind it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing import services
from billing.selectors.finance import finance_summary
from tests import legacy, make
from tests.admin.actions.clicks import text_of

pytestmark = [pytest.mark.finance, pytest.mark.django_db]

ALL = "?period=ALL_TIME"
CENTS = {"collected": F("paid_cents") - F("credited_cents"), "outstanding": F("balance_now_cents")}


def finance(browser, question=ALL):
    return browser.get(reverse("admin:finance") + question)


def cents_of(rows, name):
    return rows.aggregate(cents=Sum(CENTS.get(name, F("total_cents"))))["cents"] or 0


def listed(browser, href):
    return browser.get(href).context["cl"].queryset


@pytest.fixture
def books():
    """Paid, part-paid, late, void, written off, a draft, one over nothing, one deleted; two sources and two months."""
    now = timezone.now()
    customer = make.customer()
    make.payment(5000, by=customer, received_at=now)
    paid = make.invoice(5000, to=customer, now=now, source="DUES")
    part = make.invoice(8000, to=customer, now=now - timedelta(days=70), source="SALES", due_in_days=14)
    services.allocate_payment(
        actor=None,
        payment=make.payment(9000, by=customer, received_at=now),
        now=now,
        splits=[{"invoice": paid, "amount_cents": 5000}, {"invoice": part, "amount_cents": 3000}],
    )
    make.invoice(1100, to=customer, now=now - timedelta(days=20), due_in_days=3)
    void = make.invoice(700, to=customer, now=now)
    services.void_invoice(actor=None, invoice=void, reason="twice", now=now)
    given_up = make.invoice(600, to=customer, now=now)
    services.write_off_invoice(actor=None, invoice=given_up, reason="gone", now=now)
    make.draft(1300, to=customer)
    make.invoice(0, to=customer, now=now)
    services.delete_invoice(actor=None, invoice=make.invoice(400, to=customer, now=now), now=now)
    return customer


def test_the_tiles_are_the_summarys_figures(books, bookkeeper):
    answer = finance(bookkeeper)
    summary = finance_summary(books.tenant, now=timezone.now(), period="ALL_TIME")
    assert answer.context["summary"]["totals"] == summary["totals"]
    shown = [str(tile.value) for tile in answer.context["tiles"]]
    assert "61.00" in shown[0] and "80.00" in shown[1] and "20.00" in shown[3]
    assert answer.context["sum_shown"] == "80.00 collected + 6.00 by credits + 61.00 outstanding = 147.00 BDT asked for"


def test_each_tile_leads_to_as_many_invoices_as_it_counts(books, bookkeeper):
    context = finance(bookkeeper).context
    totals, paid = context["summary"]["totals"], context["summary"]["by_status"]["PAID"]
    figures = [totals["outstanding"], totals["collected"], paid, totals["cancelled"]]
    names = ["outstanding", "collected", "settled", "cancelled"]
    for tile, figure, name in zip(context["tiles"], figures, names, strict=True):
        rows = listed(bookkeeper, tile.href)
        assert (rows.count(), cents_of(rows, name)) == (figure["count"], figure["total_cents"]), tile.label
        assert figure["count"] > 0


def test_each_bucket_leads_to_the_invoices_in_it(books, bookkeeper):
    context = finance(bookkeeper).context
    ageing = context["summary"]["ageing"]
    for row, figure in zip(context["ageing"], ageing.values(), strict=True):
        rows = listed(bookkeeper, row["href"])
        assert (rows.count(), cents_of(rows, "outstanding")) == (figure["count"], figure["total_cents"]), row["label"]
    assert {name for name, figure in ageing.items() if figure["count"]} == {"DAYS_1_30", "DAYS_31_60"}


@pytest.mark.parametrize("table", ["months", "sources"])
@pytest.mark.parametrize("name", ["collected", "outstanding"])
def test_months_and_sources_add_up_and_lead_to_their_invoices(table, name, books, bookkeeper):
    context = finance(bookkeeper).context
    rows = context[table]
    assert len(rows) >= 2
    assert sum(row[f"{name}_cents"] for row in rows) == context["summary"]["totals"][name]["total_cents"]
    for row in rows:
        assert cents_of(listed(bookkeeper, row[f"{name}_href"]), name) == row[f"{name}_cents"], row["label"]


def test_old_invoices_count_by_their_legacy_money_here_too(books, bookkeeper):
    legacy.invoice(2000, to=books, status="PAID", issued_at=timezone.now())
    context = finance(bookkeeper).context
    collected = context["summary"]["totals"]["collected"]["total_cents"]
    assert collected == 10000 == sum(row["collected_cents"] for row in context["months"])
    assert "20.00 by the old system's word" in context["tiles"][1].note
    assert cents_of(listed(bookkeeper, context["tiles"][1].href), "collected") == collected


def test_a_month_at_the_edge_of_the_period_is_cut_there(bookkeeper):
    for day in (3, 20):
        make.invoice(day * 100, now=make.NOW.replace(day=day))
    context = finance(bookkeeper, "?from=2026-01-15&to=2026-01-31").context
    [row] = context["months"]
    assert row["outstanding_cents"] == 2000
    assert cents_of(listed(bookkeeper, row["outstanding_href"]), "outstanding") == 2000


def test_a_months_border_lies_in_the_time_zone_of_the_business(as_user):
    tenant = make.tenant("dhaka", timezone="Asia/Dhaka")
    browser = as_user(make.user("FINANCE", of=tenant, is_staff=True))
    make.invoice(900, of=tenant, now=make.NOW.replace(month=1, day=31, hour=19))  # already February in Dhaka
    [row] = finance(browser).context["months"]
    assert row["label"] == "Feb 2026"
    assert listed(browser, row["outstanding_href"]).count() == 1


@pytest.mark.parametrize(
    "question",
    [
        "?period=FOREVER",
        "?from=2026-01-01",
        "?from=2026-02-01&to=2026-01-01",
        "?from=x&to=y",
        "?from=0001-01-01&to=2026-01-01",
    ],
)
def test_a_wrong_question_is_explained_on_the_page(question, books, bookkeeper):
    answer = finance(bookkeeper, question)
    assert answer.status_code == 200
    assert answer.context["error"] and "The year to date is shown" in text_of(answer)
    assert answer.context["summary"]["range"]["type"] == "YEAR_TO_DATE"


def test_another_currency_is_named_and_never_added(books, bookkeeper):
    make.invoice(100, to=books, currency="USD", now=timezone.now())
    answer = finance(bookkeeper)
    assert "There is money in USD" in text_of(answer) and answer.context["summary"]["currency"] == "BDT"
    dollars = finance(bookkeeper, "?period=ALL_TIME&currency=USD").context
    assert dollars["summary"]["totals"]["outstanding"]["total_cents"] == 100
    assert listed(bookkeeper, dollars["tiles"][0].href).count() == 1


def test_an_empty_business_says_what_to_do(bookkeeper, owner):
    assert "No invoice was issued in these days" in text_of(finance(bookkeeper))
    assert finance(owner).status_code == 200


def test_only_the_office_and_only_its_own_business(books, as_user, owner):
    rep = as_user(make.user(is_staff=True))
    assert finance(rep).status_code == 403
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert finance(stranger, ALL + "&tenant=distro").context["summary"]["totals"]["outstanding"]["count"] == 0
    context = finance(owner, ALL + "&tenant=distro").context
    assert listed(owner, context["tiles"][0].href).count() == context["summary"]["totals"]["outstanding"]["count"] == 2


def test_the_page_takes_few_queries_however_many_invoices(books, bookkeeper):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            finance(bookkeeper)
        return len(asked)

    few = queries()
    for _ in range(5):
        make.invoice(100, to=books)
    assert queries() == few <= 14
