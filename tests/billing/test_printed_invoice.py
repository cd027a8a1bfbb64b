"""An invoice on paper: everything of it is there, on A4, inside the margins, in the letters of its owner."""

import re
from datetime import timedelta

import pypdfium2
import pytest

from billing import services
from billing.printing.fonts import fonts_for
from billing.printing.invoice import printed_invoice
from tests import make

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

A4_POINTS = (595, 842)
MARGIN_POINTS = 36


def pages_of(pdf):
    """The text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def words_of(text):
    return re.sub(r"\s+", " ", text)


def check_nothing_is_cut_off(pdf):
    """Every letter of every page stands within the margins of A4."""
    for page in pypdfium2.PdfDocument(pdf):
        assert tuple(round(side) for side in page.get_size()) == A4_POINTS
        letters = page.get_textpage()
        for number in range(letters.count_chars()):
            left, bottom, right, top = letters.get_charbox(number)
            if right > left:
                assert left >= MARGIN_POINTS and right <= A4_POINTS[0] - MARGIN_POINTS, letters.get_text_range(
                    number, 1
                )
                assert bottom >= MARGIN_POINTS and top <= A4_POINTS[1] - MARGIN_POINTS


def right_edges(pdf, needle):
    """Where each occurrence of a text ends."""
    edges = []
    for page in pypdfium2.PdfDocument(pdf):
        letters = page.get_textpage()
        search = letters.search(needle)
        while found := search.get_next():
            index, count = found
            edges.append(round(letters.get_charbox(index + count - 1)[2]))
    return edges


def test_an_invoice_tells_what_is_asked_what_is_paid_and_what_is_left():
    customer = make.customer(name="Mrs Rahman", phone="01711-1")
    payment = make.payment(4000, by=customer)
    milk = {"description": "Cow milk", "quantity": "1.5", "unit_price_cents": 7000, "tax_rate_bps": 500}
    invoice = make.invoice(to=customer, lines=[milk], description="January", source="SALES")
    services.allocate_payment(actor=None, payment=payment, now=make.NOW)
    [page] = pages_of(printed_invoice(invoice, now=make.NOW))
    text = words_of(page)
    for said in (
        "Distro",
        f"Invoice {invoice.number}",
        "Mrs Rahman",
        "01711-1",
        "27 January 2026",
        "January",
        "Part-paid",
    ):
        assert said in text
    for said in (
        "Cow milk 1.5 70.00 5 % 105.00 BDT",
        "of it tax of 5 % 5.00 BDT",
        "Paid -40.00 BDT",
        "Still to pay 65.00 BDT",
    ):
        assert said in text
    assert "Page 1 of 1" in text


def test_a_long_invoice_repeats_its_head_numbers_its_pages_and_cuts_nothing_off():
    customer = make.customer(name="A" * 180 + " and sons", of=make.tenant("larkfield"))
    long = "A description that goes on and on and is longer than any column of a page, number"
    lines = [{"description": f"{long} {number}", "unit_price_cents": 12_345_678_901 + number} for number in range(40)]
    pdf = printed_invoice(make.invoice(to=customer, lines=lines), now=make.NOW)
    pages = pages_of(pdf)
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Larkfield" in page
    for number in range(40):
        assert f"number {number} " in words_of(" ".join(pages))
        assert f"{123_456_789 + (1 + number) // 100:,}.{(1 + number) % 100:02d} BDT" in " ".join(pages)
    check_nothing_is_cut_off(pdf)


def test_amounts_stand_at_the_right():
    customer = make.customer()
    lines = [{"description": "a", "unit_price_cents": cents} for cents in (1, 12_345, 987_654_321)]
    pdf = printed_invoice(make.invoice(to=customer, lines=lines), now=make.NOW)
    assert len(set(right_edges(pdf, "BDT"))) <= 2  # the table's edge, and that of the sums below


NAMES = ["মোহাম্মদ রহমান", "राम किशन", "அருண் குமார்", "محمد علي", "Nguyễn Văn An", "Иван Петров", "ნინო", "សុខា"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_another_script_has_its_letters(name):
    pdf = printed_invoice(make.invoice(to=make.customer(name=name)), now=make.NOW)
    fonts = fonts_for(name)
    assert len(fonts) == (0 if name[0] in "NИ" else 1)
    document = pypdfium2.PdfDocument(pdf)
    letters = document[0].get_textpage()
    text = letters.get_text_bounded()
    assert set(name) - {" "} <= set(text) | set("\u200c\u200d"), set(name) - set(text)


def test_an_unfinished_or_void_invoice_says_so():
    draft = make.draft(700)
    assert "Draft of an invoice" in pages_of(printed_invoice(draft, now=make.NOW))[0]
    void = make.invoice(700)
    services.void_invoice(actor=None, invoice=void, reason="twice", now=make.NOW)
    assert f"Void: invoice {void.number}" in pages_of(printed_invoice(void, now=make.NOW))[0]


def test_a_late_invoice_says_that_it_is_overdue():
    invoice = make.invoice(700)
    assert "Overdue" in pages_of(printed_invoice(invoice, now=make.NOW + timedelta(days=60)))[0]
