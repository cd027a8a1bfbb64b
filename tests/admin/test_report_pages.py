"""Home, accountability and health: the figures add up, and each leads to the rows behind it."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import DomainError
from billing import services
from billing.models import Payment, Sale
from operations.models import BackupRecord, WorkerSign
from tests import legacy, make

pytestmark = [pytest.mark.routes, pytest.mark.django_db, pytest.mark.damages_rows]

REPORT = "admin:accountability"


@pytest.fixture
def collected():
    rep = make.user(name="Rafiq")
    route = make.route(rep=rep)
    sale = make.sale(5000, route=route)
    make.payment(3000, sale=sale, actor=rep)
    fallback = make.payment(1000, sale=sale, channel="BANK_TRANSFER")
    Payment.objects.filter(pk=fallback.pk).update(route=None)
    make.payment(700)
    return route


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_foot_adds_up_to_all_payments_and_says_so(collected, bookkeeper):
    answer = bookkeeper.get(reverse(REPORT) + "?from=&to=")
    assert answer.context["foot"] == "40.00 on routes + 7.00 on no route = 47.00 BDT (2 + 1 = 3 payments)"
    assert "It adds up to all payments" in text_of(answer)


def test_a_representative_leads_to_routes_and_a_route_to_payments(collected, bookkeeper):
    person = reverse("admin:accountability-person", args=[collected.assigned_to_id])
    route = reverse("admin:accountability-route", args=[collected.pk])
    assert person in bookkeeper.get(reverse(REPORT)).content.decode()
    assert route in bookkeeper.get(person).content.decode()
    answer = bookkeeper.get(route)
    assert len(answer.context["payments"]) == 2
    assert text_of(answer).count("through its sale (fallback)") == 1
    assert "40.00" in str(answer.context["total"])


def test_what_no_route_has_is_listed_by_reason(collected, bookkeeper):
    address = reverse("admin:accountability-unattributed", args=["no_sale"])
    assert address in bookkeeper.get(reverse(REPORT) + "?from=&to=").content.decode()
    answer = bookkeeper.get(address + "?from=&to=")
    assert [row.amount_cents for row in answer.context["payments"]] == [700]
    assert bookkeeper.get(reverse("admin:accountability-unattributed", args=["nonsense"])).status_code == 404


@pytest.fixture
def given_back(collected):
    """1.00 of the 30.00 went back on the way, 2.00 after the route was reconciled."""
    paid = Payment.objects.get(amount_cents=3000)
    for cents, status in ((100, "IN_PROGRESS"), (200, "RECONCILED")):
        make.bring(collected, to=status)
        services.refund_payment(actor=None, payment=paid, amount_cents=cents, reason="paid twice", now=make.NOW)
    return collected


def test_what_went_back_is_less_on_its_route_or_stands_beside_the_routes(given_back, bookkeeper):
    answer = bookkeeper.get(reverse(REPORT) + "?from=&to=")
    assert answer.context["foot"] == "39.00 on routes + 5.00 on no route = 44.00 BDT (2 + 1 = 3 payments)"
    route = bookkeeper.get(reverse("admin:accountability-route", args=[given_back.pk]))
    assert "39.00" in str(route.context["total"]) and "29.00" in text_of(route)
    beside = reverse("admin:accountability-unattributed", args=["refunded_after_settlement"])
    assert beside in answer.content.decode()
    listed = bookkeeper.get(beside + "?from=&to=")
    assert [row.counted_cents for row in listed.context["payments"]] == [-200]
    assert "went back after its route was reconciled" in text_of(listed)


@pytest.mark.parametrize("question", ["from=2026-02-01&to=2026-01-01", "from=yesterday", "from=2026-13-45"])
def test_a_wrong_period_is_explained_on_the_page(question, collected, bookkeeper):
    answer = bookkeeper.get(f"{reverse(REPORT)}?{question}")
    assert answer.status_code == 200
    assert answer.context["question"].error in text_of(answer) and answer.context["question"].error


def test_without_a_period_the_newest_days_are_shown(collected, bookkeeper):
    period = bookkeeper.get(reverse(REPORT)).context["question"].period
    assert period.last == collected.route_date and (period.last - period.first).days == 29


def test_another_business_answers_404(collected, as_user):
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert stranger.get(reverse("admin:accountability-person", args=[collected.assigned_to_id])).status_code == 404
    assert stranger.get(reverse("admin:accountability-route", args=[collected.pk])).status_code == 404
    assert "Rafiq" not in stranger.get(reverse(REPORT) + "?tenant=distro&from=&to=").content.decode()


def test_a_superuser_chooses_the_business(collected, owner):
    make.tenant("elsewhere")
    assert "Rafiq" in owner.get(reverse(REPORT) + "?tenant=distro&from=&to=").content.decode()
    assert "Rafiq" not in owner.get(reverse(REPORT) + "?tenant=elsewhere&from=&to=").content.decode()


def test_home_answers_five_questions_in_few_queries(collected, bookkeeper):
    with CaptureQueriesContext(connection) as asked:
        answer = bookkeeper.get(reverse("admin:index"))
    assert [card["question"] for card in answer.context["cards"]] == [
        "Is anything broken?",
        "What waits for me?",
        "What is running?",
        "What is owed?",
        "What came in?",
    ]
    assert len(asked) <= 23
    assert "47.00" in text_of(answer)


def test_home_says_what_is_owed_with_its_sum(collected, bookkeeper):
    make.customer(opening_balance_cents=200)
    shop = make.customer()
    invoice = make.invoice(5000, to=shop)
    services.allocate_payment(
        actor=None,
        payment=make.payment(1000, by=shop),
        now=make.NOW,
        splits=[{"invoice": invoice, "amount_cents": 1000}],
    )
    make.invoice(lines=[make.sale(300, to=shop)], to=shop)
    make.draft(9999, to=shop)
    legacy.invoice(900, to=shop)
    legacy.invoice(700, to=shop, status="PAID")
    owed = bookkeeper.get(reverse("admin:index")).context["cards"][3]
    assert owed["foot"].startswith("10.00 + 52.00 + 2.00 = 64.00 BDT")
    for line, cents in zip(owed["lines"], (1000, 5200, 200), strict=True):
        listed = bookkeeper.get(line["href"]).context["cl"].result_list
        assert sum(left_of(row) for row in listed) == cents, line["label"]
    assert sum(sum(row["data"]) for row in json.loads(owed["chart"]["data"])["datasets"]) == 64


def left_of(row):
    left = getattr(row, "balance_now_cents", None)
    if left is None:
        left = row.balance_cents if isinstance(row, Sale) else row.opening_balance_left_cents
    return left


def test_home_leads_a_superuser_to_the_lists_of_one_business(collected, owner):
    make.sale(100, to=make.customer(of=make.tenant("elsewhere")))
    cards = owner.get(reverse("admin:index") + "?tenant=distro").context["cards"]
    [sales] = [line for line in cards[3]["lines"] if line["label"] == "Sales"]
    assert [row.number for row in owner.get(sales["href"]).context["cl"].result_list] == ["S-1"]
    assert owner.get(cards[4]["href"]).status_code == 200


def test_home_ages_debts_from_their_sale_or_issue(bookkeeper):
    now, shop = timezone.now(), make.customer()
    for days in (1, 20, 60, 200):
        make.sale(100, to=shop, sold_at=now - timedelta(days=days))
        make.invoice(10, to=shop, now=now - timedelta(days=days))
    chart = json.loads(bookkeeper.get(reverse("admin:index")).context["cards"][3]["chart"]["data"])
    assert chart["labels"] == ["1–7 days", "8–30", "31–90", "older", "at the start"]
    assert [row["data"] for row in chart["datasets"]] == [[1, 1, 1, 1, 0], [0.1, 0.1, 0.1, 0.1, 0]]


def test_home_counts_as_come_in_what_did_not_go_back(collected, bookkeeper):
    services.refund_payment(
        actor=None, payment=Payment.objects.get(amount_cents=3000), amount_cents=500, reason="paid twice", now=make.NOW
    )
    assert "42.00" in str(bookkeeper.get(reverse("admin:index")).context["cards"][4]["answer"])


def test_home_opens_with_empty_tables(owner):
    assert owner.get(reverse("admin:index")).status_code == 200
    assert owner.get(reverse(REPORT)).status_code == 200
    assert owner.get(reverse("admin:health")).status_code == 200


def test_home_says_how_old_the_last_whole_backup_is_and_not_one_of_single_tables(bookkeeper):
    now = timezone.now()
    for hours, is_partial in ((1, True), (30, False)):
        made = {"created_at": now - timedelta(hours=hours), "manifest": {"is_partial": is_partial}}
        BackupRecord.objects.create(database="default", file_name=f"{hours}.dump", checksum=str(hours), **made)
    assert "Last backup 1 day ago, never restored" in text_of(bookkeeper.get(reverse("admin:index")))


def test_home_of_one_business_does_not_count_another(collected, as_user):
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    make.bring(collected, to="COMPLETED")
    waits = stranger.get(reverse("admin:index")).context["cards"][1]
    assert {line["value"] for line in waits["lines"]} == {"0"}


def test_health_shows_a_refused_write_and_a_silent_worker(collected, bookkeeper):
    with pytest.raises(DomainError):
        make.payment(-5, sale=Sale.objects.get(route=collected), actor=make.user("FINANCE"))
    WorkerSign.objects.create(name="host-1", seen_at=make.NOW)
    text = text_of(bookkeeper.get(reverse("admin:health")))
    assert "record_payment" in text and "host-1" in text and "Silent" in text


def test_the_sidebar_offers_only_what_a_person_may_open(bookkeeper, owner):
    offered = {
        item["title"]
        for group in bookkeeper.get(reverse("admin:index")).context["sidebar_navigation"]
        for item in group["items"]
    }
    assert {"Payments", "Accountability", "Health"} <= offered and not {"Businesses", "Backups", "Tokens"} & offered
    for group in owner.get(reverse("admin:index")).context["sidebar_navigation"]:
        for item in group["items"]:
            assert owner.get(item["link"]).status_code == 200, item["title"]


def test_the_command_palette_finds_a_payment_by_its_id(collected, bookkeeper, as_user):
    payment = Payment.objects.filter(route=collected).first()
    address = f"{reverse('admin:search')}?extended=1&s={payment.pk}"
    assert str(payment.pk) in bookkeeper.get(address).content.decode()
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert str(payment.pk) not in stranger.get(address).content.decode()
