"""Statements and route sheets on paper: the figures of the report, on A4, nothing cut off; through every door."""

from datetime import date, timedelta

import pypdfium2
import pytest
from django.urls import reverse

from billing.models import Customer
from billing.selectors.statement import statement_of
from subscriptions import services as dairy
from subscriptions.printing.route_sheet import printed_route_sheet
from subscriptions.printing.statement import printed_statement
from subscriptions.selectors.route_sheet import route_sheet_of
from tests import make
from tests.api.clients import client_of
from tests.billing.test_printed_invoice import check_nothing_is_cut_off, pages_of, words_of

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def account():
    """Milk on 13 days, 50.00 paid; a name in two scripts and no end."""
    customer = make.customer(name="মোহাম্মদ রহমান " + "Rahman and sons " * 10, opening_balance_cents=12_345)
    milk = make.product(7550, of=customer.tenant, name="Full cream buffalo milk, chilled, bottled in glass")
    for back in range(13):
        day = make.TODAY - timedelta(days=back)
        dairy.add_delivery(actor=None, customer=customer, product=milk, quantity="1.5", day=day, now=make.NOW)
    make.payment(5000, by=customer)
    return Customer.objects.select_related("tenant").get(pk=customer.pk)


def statement_on_paper(customer, **period):
    return printed_statement(statement_of(customer, **period), customer, now=make.NOW)


def test_a_statement_has_opening_every_line_and_closing(account):
    pdf = statement_on_paper(account, first=date(2026, 1, 1), last=make.TODAY)
    text = words_of(" ".join(pages_of(pdf)))
    assert "Opening balance 123.45 BDT" in text
    assert text.count("buffalo milk") == 13
    assert "Closing balance 1,472.25 50.00 1,545.70 BDT" in text
    assert "To pay: 1,545.70 BDT." in text
    check_nothing_is_cut_off(pdf)


def test_a_statement_in_credit_says_so():
    customer = make.customer()
    make.payment(300, by=customer)
    assert "In credit: 3.00 BDT are the customer's." in words_of(pages_of(statement_on_paper(customer))[0])


def test_a_long_route_sheet_has_every_stop_and_numbers_its_pages():
    milk = make.product(of=make.tenant(), name="Cow milk")
    for number in range(60):
        customer = make.customer(name=f"Customer {number} " + "of the long lane " * 4)
        make.daily_order("1.5", of=customer, product=milk)
    pdf = printed_route_sheet(route_sheet_of(make.tenant(), day=make.TODAY), make.tenant(), now=make.NOW, about="North")
    pages = pages_of(pdf)
    text = words_of(" ".join(pages))
    assert [f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1)] == [True] * len(
        pages
    )
    assert all(f"Customer {number} of the" in text for number in range(60))
    assert "Cow milk (" in text and "60 90 litre" in text
    check_nothing_is_cut_off(pdf)


def test_an_empty_route_sheet_says_what_to_do():
    pdf = printed_route_sheet(route_sheet_of(make.tenant(), day=make.TODAY), make.tenant(), now=make.NOW)
    assert "Nothing is ordered for this day. Generate its orders first." in words_of(pages_of(pdf)[0])


def test_each_paper_comes_through_the_api_and_the_admin(account, client):
    office = make.user("FINANCE", is_staff=True)
    client.force_login(office, backend="accounts.permissions.RoleBackend")
    api, invoice = client_of(office), make.invoice(to=account)
    for opened in (
        api.get(f"/api/billing/invoices/{invoice.pk}/pdf"),
        api.get(f"/api/dairy/reports/statement/pdf?customer={account.pk}"),
        api.get("/api/dairy/reports/route-sheet/pdf?date=2026-01-13&slot=morning"),
        client.get(reverse("admin:print-invoice", args=[invoice.pk])),
        client.get(reverse("admin:report-statement") + f"?customer={account.number}&from=&to=&format=pdf"),
        client.get(reverse("admin:report-route-sheet") + "?date=2026-01-13&format=pdf"),
    ):
        assert (opened.status_code, opened["Content-Type"]) == (200, "application/pdf")
        assert len(pypdfium2.PdfDocument(opened.content)) >= 1


def test_nobody_prints_an_invoice_of_another_business(client):
    client.force_login(make.user("FINANCE", is_staff=True), backend="accounts.permissions.RoleBackend")
    foreign = make.invoice(of=make.tenant("elsewhere"))
    assert client.get(reverse("admin:print-invoice", args=[foreign.pk])).status_code == 404


def test_an_invoices_page_leads_to_its_paper(client):
    client.force_login(make.user("FINANCE", is_staff=True), backend="accounts.permissions.RoleBackend")
    invoice = make.invoice()
    page = client.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert reverse("admin:print-invoice", args=[invoice.pk]) in page
