"""Balances, accounts, the ledger and points by month in the admin: sums that can be checked, links both ways, few queries."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.admin import page_of
from cashback import services
from cashback.models import CashbackAccount, CashbackTransaction, SystemAccount
from config.waiting import CASHBACK_LISTS
from tests import make
from tests.admin.actions.clicks import text_of
from tests.admin.business import page
from tests.api.test_cashback_query_budget import EACH, holders, large, office  # noqa: F401 - fixtures

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

BALANCES, LEDGER = page(CashbackAccount, "changelist"), page(CashbackTransaction, "changelist")
MOST_QUERIES, MOST_QUERIES_OF_ONE = 10, 14


@pytest.fixture
def asha():
    return make.user("CUSTOMER", name="Asha Rao")


def account_of(person):
    return CashbackAccount.objects.get(user=person)


def listed(client, address):
    return list(client.get(address).context["cl"].result_list)


def test_balances_of_500_people_with_50000_rows_take_at_most_ten_queries(large, office, as_user):  # noqa: F811
    office.is_staff = True
    office.save()
    client = as_user(office)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(BALANCES)
    assert len(asked) <= MOST_QUERIES
    assert not [query["sql"] for query in asked if "cashback_transaction" in query["sql"]], "it reads the ledger"
    assert answer.context["totals"][0]["sum"].startswith("2,500.00 people have − 2,500.00 issued")
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page_of(account_of(large[3])))
    assert answer.context["card"].sum_shown == "5.00 granted = 5.00 points" and EACH == 100
    assert len(asked) <= MOST_QUERIES_OF_ONE


def test_all_accounts_add_up_to_zero_in_the_open(asha, bookkeeper):
    make.points(asha, 10_000)
    make.redemption(3_000, by=asha)
    services.remove_points(actor=None, tenant=asha.tenant, rows=[(asha, 500)], reason="too many", now=make.NOW)
    [total] = bookkeeper.get(BALANCES).context["totals"]
    assert total["sum"] == "65.00 people have + 30.00 redeemed + 5.00 removed − 100.00 issued = 0.00"


def test_a_list_of_balances_shows_people_unless_the_house_or_debts_are_asked_for(asha, bookkeeper):
    earned = in_debt(asha)
    make.points(earned.loan.customer, 100)
    assert {str(row) for row in listed(bookkeeper, BALANCES)} == {"Asha Rao", str(earned.loan.customer)}
    assert [row.user for row in listed(bookkeeper, f"{BALANCES}?whose=debts")] == [asha]
    assert {row.kind for row in listed(bookkeeper, f"{BALANCES}?whose=house")} == {SystemAccount.ISSUANCE.value}
    assert [row.user for row in listed(bookkeeper, f"{BALANCES}?q={asha.email}")] == [asha]
    assert [row.user for row in listed(bookkeeper, f"{BALANCES}?q=Asha")] == [asha]


def in_debt(person):
    """The payment that earned this person 15.00, all of it sent on; then it bounced."""
    loan = make.loan()
    services.set_loan_cashback(
        actor=None, loan=loan, user=person, cashback_type="fixed", points_cents=1_500, cashback_value=None
    )
    payment = make.loan_payment(on=loan, verify=True)
    services.transfer_points(actor=person, receiver=loan.customer, points_cents=1_500, now=make.NOW)
    services.reject_loan_payment(actor=None, payment=payment, reason="It bounced.", now=make.later(days=1))
    return payment


def test_an_account_spells_out_what_it_came_from_and_tells_its_rows(asha, bookkeeper):
    ravi = make.user("CUSTOMER", name="Ravi")
    make.points(asha, 10_000)
    services.transfer_points(actor=asha, receiver=ravi, points_cents=2_550, now=make.later(hours=1), user_notes="lunch")
    answer = bookkeeper.get(page_of(account_of(asha)))
    assert answer.context["card"].sum_shown == "100.00 granted − 25.50 sent = 74.50 points"
    lines = [(str(line.what), line.why) for line in answer.context["story"]]
    assert "−25.50" in lines[0][0] and "Ravi" in lines[0][0] and lines[0][1] == "lunch"
    assert "+100.00" in lines[1][0] and lines[1][1] == "welcome"
    row = CashbackTransaction.objects.get(from_user=asha)
    assert page_of(row) in lines[0][0]
    assert reverse("admin:cashback-person", args=[asha.pk]) in bookkeeper.get(page_of(row)).content.decode()


def test_a_debt_is_said_with_what_repays_it(asha, bookkeeper):
    in_debt(asha)
    card = bookkeeper.get(page_of(account_of(asha))).context["card"]
    assert card.sum_shown == "15.00 earned − 15.00 sent − 15.00 taken back = −15.00 points"
    assert "Asha Rao owes 15.00 points" in card.warning and "repay it" in card.warning


def test_a_persons_name_leads_to_their_points_or_to_them(asha, bookkeeper, as_user):
    address = reverse("admin:cashback-person", args=[asha.pk])
    assert bookkeeper.get(address)["Location"] == page_of(asha)
    make.points(asha)
    assert bookkeeper.get(address)["Location"] == page_of(account_of(asha))
    stranger = as_user(make.user("ADMIN", of=make.tenant("elsewhere"), is_staff=True))
    assert stranger.get(address).status_code == 404


def test_the_ledger_is_narrowed_by_person_type_house_and_days(asha, bookkeeper):
    ravi = make.user("CUSTOMER", name="Ravi")
    granted = make.points(asha, 10_000, now=make.NOW)
    sent = services.transfer_points(actor=asha, receiver=ravi, points_cents=50, now=make.later(days=2))
    assert listed(bookkeeper, f"{LEDGER}?of={ravi.pk}") == [sent]
    assert listed(bookkeeper, f"{LEDGER}?of={asha.pk}") == [sent, granted]
    assert listed(bookkeeper, f"{LEDGER}?of=nobody") == []
    assert listed(bookkeeper, f"{LEDGER}?transaction_type__exact=transfer") == [sent]
    assert listed(bookkeeper, f"{LEDGER}?house=ISSUANCE") == [granted]
    first, last = make.TODAY, make.later(days=1).date()
    assert listed(bookkeeper, f"{LEDGER}?from={first}&to={last}") == [granted]
    assert listed(bookkeeper, f"{LEDGER}?from={make.later(days=1).date()}") == [sent]
    assert bookkeeper.get(f"{LEDGER}?from=yesterday").status_code == 302


def test_the_file_holds_the_rows_of_the_list_and_no_formula(asha, bookkeeper):
    ravi = make.user("CUSTOMER", name="Ravi")
    make.points(asha, 10_000)
    services.transfer_points(actor=asha, receiver=ravi, points_cents=50, now=make.NOW, user_notes="=1+1")
    address = bookkeeper.get(f"{LEDGER}?of={ravi.pk}").context["file_address"]
    answer = bookkeeper.get(address)
    head, *rows = csv.reader(b"".join(answer.streaming_content).decode().splitlines())
    assert [dict(zip(head, row, strict=True))["points_cents"] for row in rows] == ["50"]
    assert dict(zip(head, rows[0], strict=True))["user_notes"] == "'=1+1"


def test_points_by_month_add_up_and_stand_in_a_picture_and_a_table(asha, bookkeeper):
    now = timezone.now()
    make.points(asha, 10_000, now=now)
    make.redemption(3_000, by=asha, now=now)
    answer = bookkeeper.get(reverse("admin:cashback-points"))
    said = "0.00 before + 100.00 issued − 30.00 redeemed − 0.00 removed = 70.00 outstanding"
    assert answer.context["sum_shown"] == said
    assert "[100.0]" in answer.context["chart"]["data"] and "[70.0]" in answer.context["line"]["data"]
    assert "70.00" in text_of(answer)


def test_a_page_without_points_says_how_they_come(bookkeeper):
    assert "earned on a verified payment" in text_of(bookkeeper.get(reverse("admin:cashback-points")))
    assert "An account opens with a person's first points" in text_of(bookkeeper.get(BALANCES))


def lines_of_home(browser):
    [card] = [card for card in browser.get(reverse("admin:index")).context["cards"] if "waits" in card["question"]]
    return {line["label"]: line for line in card["lines"]}


def test_the_home_page_says_what_waits_and_leads_there(bookkeeper):
    make.redemption()
    make.loan_payment()
    make.tracker_entry()
    lines = lines_of_home(bookkeeper)
    for words in ("Redemptions to pay", "Loan payments to verify", "Tracker days to approve"):
        assert lines[words]["value"] == "1"
        assert bookkeeper.get(lines[words]["href"]).context["number"] == 1


def test_the_home_page_names_no_work_of_cashback_of_which_there_is_none(bookkeeper):
    make.redemption()
    assert [words for words in lines_of_home(bookkeeper) if words in CASHBACK_LISTS.values()] == ["Redemptions to pay"]


def test_a_tracker_on_which_one_day_was_paid_says_one_day(manager):
    tracker = make.tracker()
    make.tracker_entry(on=tracker, approve=True)
    [paid_in] = [
        figure for figure in manager.get(page_of(tracker)).context["card"].figures if figure.label == "Paid in"
    ]
    assert paid_in.note == "on 1 day"
