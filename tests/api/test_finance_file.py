"""The finance summary as a file: the very figures of the answer and of the page, a line each."""

import csv
import io

import pytest
from django.urls import reverse

from billing import services
from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of

pytestmark = [pytest.mark.finance, pytest.mark.django_db]

SUMMARY = "/api/billing/admin/finance/summary"


@pytest.fixture
def books():
    """Paid in part, void, a draft, an old one that is paid, goodwill, and one in dollars."""
    shop = make.customer()
    part = make.invoice(900, to=shop, source="DUES")
    split = {"invoice": part, "amount_cents": 400}
    services.allocate_payment(actor=None, payment=make.payment(700, by=shop), splits=[split], now=make.NOW)
    void = make.invoice(800, to=shop, source="EVENT")
    services.void_invoice(actor=None, invoice=void, reason="twice", now=make.NOW)
    make.draft(600, to=shop)
    legacy.invoice(500, to=shop, status="PAID")
    services.issue_credit_note(actor=None, invoice=part, amount_cents=30, reason="late", now=make.NOW)
    make.invoice(100, to=shop, currency="USD")


def lines_of(answer):
    assert answer.status_code == 200 and answer.streaming
    assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def figures_of(lines):
    """Every figure by what it is about."""
    keys = [(line["about"], line["of"], line["figure"]) for line in lines]
    assert len(set(keys)) == len(keys)
    counts = [int(line["invoices"]) if line["invoices"] else None for line in lines]
    return {key: (count, int(line["total_cents"])) for key, count, line in zip(keys, counts, lines, strict=True)}


def told_by(summary):
    """The figures of the answer, named as the file names them."""
    told = {}
    for name, figure in summary["totals"].items():
        is_figure = isinstance(figure, dict)
        value = (figure["count"], figure["total_cents"]) if is_figure else (None, figure)
        told["total", "", name.removesuffix("_cents")] = value
    for source, figures in summary["by_source"].items():
        told |= {("source", source, name): tuple(figure.values()) for name, figure in figures.items()}
    told |= {("status", name, name.lower()): tuple(figure.values()) for name, figure in summary["by_status"].items()}
    return told | {("late", name, "outstanding"): tuple(figure.values()) for name, figure in summary["ageing"].items()}


@pytest.mark.parametrize("query", ["period=ALL_TIME", "from=2026-01-01&to=2026-12-31", "period=ALL_TIME&currency=USD"])
def test_the_file_holds_every_figure_of_the_answer_and_nothing_else(query, books):
    office = client_as("FINANCE")
    summary = office.get(f"{SUMMARY}?{query}").json()
    lines = lines_of(office.get(f"{SUMMARY}?{query}&format=csv"))
    of_the_answer = [line for line in lines if line["about"] != "month"]
    assert figures_of(of_the_answer) == told_by(summary)
    days = summary["range"]
    assert {(line["currency"], line["from"], line["to"]) for line in lines} == {
        (summary["currency"], days["from"] or "", days["to"] or "")
    }
    for name in ("collected", "outstanding"):
        months = [int(line["total_cents"]) for line in lines if (line["about"], line["figure"]) == ("month", name)]
        assert sum(months) == summary["totals"][name]["total_cents"]


def test_the_page_hands_out_the_file_of_the_question_that_it_shows(books, client):
    clerk = make.user("FINANCE", is_staff=True)
    client.force_login(clerk)
    page = client.get(reverse("admin:finance") + "?period=ALL_TIME&currency=USD")
    [address] = [part.split('"')[0] for part in page.content.decode().split('href="') if "format=csv" in part[:200]]
    of_the_page = lines_of(client.get(reverse("admin:finance") + address.replace("&amp;", "&")))
    assert of_the_page == lines_of(client_of(clerk).get(f"{SUMMARY}?period=ALL_TIME&currency=USD&format=csv"))
    assert figures_of(of_the_page)["total", "", "outstanding"] == (1, 100)


def test_a_wrong_question_is_answered_in_words_and_never_with_a_file(books, client):
    client.force_login(make.user("FINANCE", is_staff=True))
    page = client.get(reverse("admin:finance") + "?from=2026-02-01&to=2026-01-01&format=csv")
    assert "The year to date is shown" in page.content.decode()
    error_of(client_as("FINANCE").get(f"{SUMMARY}?period=EVER&format=csv"), 400, "invalid")
    error_of(client_as("SALES_REP").get(f"{SUMMARY}?format=csv"), 403)
