"""`manage.py generate_invoices`: what it prints, to the letter, and how it ends."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import BulkOperation, Invoice
from subscriptions.models import Delivery
from subscriptions.services import start_invoicing
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY_1, JANUARY, bill, delivered, on_credit
from tests.subscriptions.orders import a_round
from tests.subscriptions.test_invoicing_fails_halfway import refusing_lines_of

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

ALL_OF_JANUARY = ("--tenant", "distro", "--from", "2026-01-01", "--to", "2026-01-31")


def run(*words, about=ALL_OF_JANUARY):
    out, err = StringIO(), StringIO()
    try:
        call_command("generate_invoices", *about, *words, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def refused(*words, about=ALL_OF_JANUARY):
    with pytest.raises(CommandError) as refusal:
        call_command("generate_invoices", *about, *words)
    assert refusal.value.returncode == 2
    assert not Invoice.objects.exists()
    return str(refusal.value)


@pytest.fixture
def january():
    meera, anil = make.customer(name="Meera"), make.customer(name="Anil")
    delivered(meera, 3), delivered(meera, 4), on_credit(anil, 900)
    return meera, anil


def test_a_dry_run_says_what_would_be_invoiced_and_does_nothing(january):
    code, out, err = run("--dry-run")
    assert (code, err) == (0, "")
    assert out == (
        "Would invoice 2 customers for 2026-01-01 to 2026-01-31: 89.00 BDT\n"
        "  Deliveries: 2, of which 0 are older than the period\n"
        "  Credit sales: 1\n"
        "  Already invoiced: 0\n"
    )
    assert not Invoice.objects.exists() and not BulkOperation.objects.exists()


def test_what_waits_from_before_the_period_is_counted_as_late(january):
    _, out, _ = run("--dry-run", "--from", "2026-02-01", "--to", "2026-02-28")
    assert "Deliveries: 2, of which 2 are older than the period" in out


def test_it_says_what_it_did_and_a_second_run_bills_nothing_twice(january):
    code, out, err = run()
    operation = BulkOperation.objects.get()
    assert (code, out) == (
        0,
        f"Invoiced 2 customers, skipped 0, failed 0.\nBulk operation {operation.pk}: done.\n",
    )
    assert err.splitlines()[-1] == "2 of 2 customers"
    assert sum(Invoice.objects.values_list("total_cents", flat=True)) == 8900
    code, out, _ = run()
    assert code == 0
    assert out.splitlines()[0] == "Invoiced 0 customers, skipped 2, failed 0."
    assert "  Meera (C-1): Invoice SAL-2026-0001 bills this period already." in out
    assert Invoice.objects.count() == 2
    assert_books_are_right()


def test_who_cannot_be_invoiced_is_named_and_asks_for_a_person(january):
    with refusing_lines_of(Delivery.objects.filter(customer=january[0]).first()):
        code, out, _ = run()
    assert code == 1
    assert out.splitlines()[0] == "Invoiced 1 customer, skipped 0, failed 1."
    assert "\n  Meera (C-1): " in out
    assert run()[0] == 0
    assert not Delivery.objects.unbilled().exists()


def test_the_json_is_one_object_with_the_keys_of_the_api(january):
    seen = json.loads(run("--dry-run", "--json")[1])
    assert (seen["dry_run"], seen["invoices"], seen["total_cents"], len(seen["customers"])) == (True, 2, 8900, 2)
    code, out, err = run("--json")
    done = json.loads(out)
    assert (code, err) == (0, "")
    assert (done["status"], done["items_done"], len(done["items"])) == ("SUCCEEDED", 2, 2)


def test_only_a_round_is_invoiced_when_one_is_named(january):
    delivered(make.customer(name="Of the north", round=a_round("North")))
    assert run("--round", "North")[1].startswith("Invoiced 1 customer,")
    assert Invoice.objects.get().customer.name == "Of the north"


def test_an_operation_that_was_recorded_is_gone_on_with_by_its_id(january):
    first, last = JANUARY
    waiting = start_invoicing(actor=None, tenant=make.tenant(), period_start=first, period_end=last, now=FEBRUARY_1)
    code, out, _ = run("--resume", str(waiting.pk), about=())
    assert (code, out.splitlines()[0]) == (0, "Invoiced 2 customers, skipped 0, failed 0.")
    assert run("--resume", str(waiting.pk), about=())[:2] == (0, out)
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "about", "said"),
    [
        ((), ("--tenant", "distro"), "--tenant SLUG --from 2026-01-01 --to 2026-01-31"),
        ((), ("--from", "2026-01-01", "--to", "2026-01-31"), "Say of which business"),
        (("--tenant", "nope"), ALL_OF_JANUARY, "Unknown tenant 'nope'"),
        (("--from", "January"), ALL_OF_JANUARY, "--from is 'January': write a day such as 2026-01-13."),
        (("--to", "2025-12-31"), ALL_OF_JANUARY, "2025-12-31"),
        (("--to", "2099-12-31"), ALL_OF_JANUARY, "The period runs until 2099-12-31"),
        (("--round", "South"), ALL_OF_JANUARY, "There is no round 'South' in distro. Known: North."),
        (("--resume", "seven"), (), "'seven' is no id of a bulk operation"),
        (("--resume", "0193a7c0-0000-7000-8000-000000000001"), (), "There is no invoicing 0193a7c0"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_words(january, words, about, said):
    a_round("North")
    assert said in refused(*words, about=about)


def test_nothing_to_bill_is_refused_in_words_and_leaves_no_operation():
    make.tenant()
    assert "Nobody has anything unbilled up to 2026-01-31" in refused()
    assert not BulkOperation.objects.exists()


def test_only_operations_of_invoicing_are_resumed():
    make.invoice(100)
    deletion = BulkOperation.objects.create(tenant=make.tenant(), kind="INVOICE_DELETION")
    with pytest.raises(CommandError, match="There is no invoicing"):
        call_command("generate_invoices", "--resume", str(deletion.pk))


def test_an_invoice_that_stands_is_named_in_the_dry_run(january):
    invoice = bill(january[0])
    out = run("--dry-run")[1]
    assert "Already invoiced: 1" in out
    assert str(invoice) in out
