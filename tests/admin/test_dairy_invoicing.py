"""Invoicing a period in the admin: previewed, handed to a worker, followed on its page; invoices deleted together."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.admin import page_of
from billing.models import BulkOperation, Invoice
from billing.services import record_payment
from subscriptions.services import invoice_period, start_invoicing
from subscriptions.services.invoicing import run_invoicing
from tests import make
from tests.admin.actions.clicks import text_of
from tests.admin.business import page

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

JANUARY = "/admin/dairy/invoicing/?from=2026-01-01&to=2026-01-31"
PERIOD = {"period_start": date(2026, 1, 1), "period_end": date(2026, 1, 31)}
AFTER = make.NOW + timedelta(days=30)


@pytest.fixture
def deliveries():
    """Two customers with two litres each; the second had one more in December."""
    one, two = make.customer(name="Anwar"), make.customer(name="Bose")
    milk = make.product(valid_from=date(2025, 12, 1))
    make.delivery(of=one, product=milk)
    make.delivery(of=two, product=milk)
    make.delivery(1, of=two, product=milk, day=date(2025, 12, 30))
    return one, two


@pytest.fixture
def worker(django_capture_on_commit_callbacks, settings):
    """A worker that works as soon as a job is handed over: `with worker(execute=True): …`."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    return django_capture_on_commit_callbacks


def test_the_preview_names_each_customer_with_late_deliveries_and_writes_nothing(deliveries, bookkeeper):
    shown = bookkeeper.get(JANUARY)
    rows = {row.name: (row.deliveries, row.late_deliveries, row.total_cents) for row, *_ in shown.context["rows"]}
    assert rows == {"Anwar": (1, 0, 14000), "Bose": (2, 1, 21000)}
    assert (shown.context["ready"], shown.context["late"]) == (2, 1)
    assert "1 late" in text_of(shown) and not Invoice.objects.exists() and not BulkOperation.objects.exists()


def test_customers_who_are_invoiced_already_are_named_with_their_invoice(deliveries, bookkeeper):
    first, _ = deliveries
    made = invoice_period(actor=None, customer=first, now=AFTER, **PERIOD)
    shown = bookkeeper.get(JANUARY)
    assert (shown.context["ready"], shown.context["invoiced"]) == (1, 1)
    assert f"Invoice {made} bills this period already." in text_of(shown) and page_of(made) in shown.content.decode()


def test_generating_leads_to_a_page_that_follows_the_operation(deliveries, bookkeeper, worker):
    with worker() as jobs:
        started = bookkeeper.post(JANUARY, follow=True)
    operation = BulkOperation.objects.get()
    assert started.redirect_chain[-1][0] == page_of(operation) and len(jobs) == 1
    assert "Waiting for a worker: 0 of 2" in text_of(started) and 'data-live="yes"' in started.content.decode()
    run_invoicing(operation.pk, clock=lambda: AFTER)
    live = bookkeeper.get(reverse("admin:bulk-operation-live", args=[operation.pk]))
    assert 'data-live="no"' in live.content.decode() and "Open the invoice" in text_of(live)
    assert Invoice.objects.count() == 2 and bookkeeper.get(JANUARY).context["invoiced"] == 2


def test_a_second_click_makes_no_second_invoice(deliveries, bookkeeper, worker):
    with worker(execute=True):
        bookkeeper.post(JANUARY)
        bookkeeper.post(JANUARY)
    counts = BulkOperation.objects.order_by("created_at").values_list("items_done", "items_skipped")
    assert list(counts) == [(2, 0), (0, 2)] and Invoice.objects.count() == 2


def test_a_silent_operation_says_so_and_can_go_on(deliveries, bookkeeper, worker):
    operation = start_invoicing(actor=None, tenant=make.tenant(), now=AFTER, **PERIOD)
    shown = bookkeeper.get(page_of(operation))
    assert "No sign of life since" in text_of(shown)
    assert [button.name for button in shown.context["buttons"]] == ["resume"]
    with worker(execute=True):
        bookkeeper.post(reverse("admin:do_bulkoperation_resume", args=[operation.pk]))
    assert "No sign of life" not in text_of(bookkeeper.get(page_of(operation)))
    assert Invoice.objects.count() == 2


def test_what_is_wrong_with_the_question_is_said_on_the_page(bookkeeper):
    for query, said in (
        ("from=2026-01-31&to=2026-01-01", "2026-01-31"),
        ("from=someday&to=", "Give both days of the period"),
        ("from=2026-01-01&to=2126-01-31", "Nothing to invoice"),
    ):
        assert said in text_of(bookkeeper.get(f"/admin/dairy/invoicing/?{query}"))
    refused = bookkeeper.post("/admin/dairy/invoicing/?from=2026-01-01&to=2126-01-31")
    assert refused.status_code == 422 and "Choose a period that is over" in refused.context["refusal"]


def test_without_a_question_the_last_whole_month_is_shown(bookkeeper):
    shown = bookkeeper.get("/admin/dairy/invoicing/").context
    day_after = date.fromisoformat(shown["last"]) + timedelta(days=1)
    assert shown["first"][:7] == shown["last"][:7] and shown["first"].endswith("-01") and day_after.day == 1


def test_invoices_are_deleted_together_with_an_answer_for_each(bookkeeper):
    wrong = [make.invoice(100), make.invoice(200)]
    listing = {"action": "delete_together", "_selected_action": [str(row.pk) for row in wrong]}
    asked = bookkeeper.post(page(Invoice, "changelist"), listing, follow=True)
    assert "ask for" in text_of(asked)
    done = bookkeeper.post(asked.redirect_chain[-1][0], {"reason": "wrong month"}, follow=True)
    assert set(Invoice.objects.exclude(deleted_at=None)) == set(wrong)
    operation = BulkOperation.objects.get()
    assert done.redirect_chain[-1][0] == page_of(operation)
    assert (operation.items_done, operation.kind) == (2, "INVOICE_DELETION") and "wrong month" in text_of(done)


def test_none_is_deleted_while_money_lies_on_one_and_strangers_are_not_there(bookkeeper):
    paid, free, foreign = (
        make.invoice(100),
        make.invoice(200),
        make.invoice(300, to=make.customer(of=make.tenant("elsewhere"))),
    )
    record_payment(
        actor=None, customer=paid.customer, amount_cents=50, currency="BDT", channel="CASH", received_at=make.NOW,
        now=make.NOW, mode="OPENING_FIRST",
    )  # fmt: skip
    query = "&".join(f"id={row.pk}" for row in (paid, free, foreign))
    refused = bookkeeper.post(f"{reverse('admin:invoices-delete')}?{query}", {"reason": "wrong"})
    assert refused.status_code == 409 and str(paid) in refused.context["refusal"]
    assert str(foreign.customer) not in text_of(refused) and not Invoice.objects.exclude(deleted_at=None).exists()
    assert bookkeeper.post(f"{reverse('admin:invoices-delete')}?id=none", {"reason": "wrong"}).status_code == 422


def test_an_operation_of_another_business_is_not_there(bookkeeper, foreign_rows):
    row = foreign_rows[BulkOperation]
    assert bookkeeper.get(reverse("admin:bulk-operation-live", args=[row.pk])).status_code == 404
