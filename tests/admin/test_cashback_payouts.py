"""Payouts in the admin: paid with a reference, cancelled, never by the person who asked; details masked until asked for."""

import pytest

from accounts.admin import page_of
from cashback import services
from cashback.models import CashbackRedemption, PayoutRead
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of
from tests.admin.points import TO_PAY, has

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_a_redemption_is_paid_from_the_work_list_and_leaves_it(manager):
    redemption = make.redemption()
    [case] = manager.get(TO_PAY).context["cases"]
    [paid, _] = case.ways
    answer = manager.post(paid.href, {"payout_reference": "UPI-42"}, follow=True)
    assert answer.redirect_chain[-1][0] == TO_PAY and answer.context["cases"] == []
    redemption.refresh_from_db()
    assert (redemption.status, redemption.payout_reference) == ("completed", "UPI-42")
    assert "Nobody waits for a payout" in text_of(answer)


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "100"), ("KWD", "100.000")])
def test_what_is_paid_is_written_in_the_digits_of_the_currency(currency, shown, manager):
    redemption = make.redemption(10_000)
    redemption.tenant.currency = currency
    redemption.tenant.save()
    [case] = manager.get(TO_PAY).context["cases"]
    assert f">{shown}<small>{currency}" in dict(case.sides[0].facts)["To pay"]


def test_without_a_reference_nothing_is_written_and_the_page_says_why(manager):
    redemption = make.redemption()
    answer = manager.post(address(redemption, "complete"), {"payout_reference": ""})
    assert answer.status_code == 422 and "Write the reference of the payout" in text_of(answer)
    assert CashbackRedemption.objects.get().status == "pending"


def test_a_cancelled_redemption_gives_the_points_back(manager):
    redemption = make.redemption(6_000)
    do(manager, redemption, "cancel", reason="Come on Monday.")
    assert has(redemption.user) == 10_000
    assert offered(manager, redemption) == ["reveal"]


def test_nobody_pays_out_their_own_redemption(as_user):
    admin = make.user("ADMIN", is_staff=True)
    make.points(admin)
    redemption, client = make.redemption(by=admin), as_user(admin)
    [case] = client.get(TO_PAY).context["cases"]
    assert case.ways == [] and "another administrator" in case.note
    answer = do(client, redemption, "complete", payout_reference="UPI-42")
    assert answer.status_code == 403
    assert "These are your own points" in answer.context["refusal"] and "UPI-42" in answer.content.decode()
    assert CashbackRedemption.objects.get().status == "pending"


def test_details_are_masked_until_somebody_asks_and_that_is_kept(manager):
    redemption = make.redemption(kind="account")
    for page in (page_of(redemption), TO_PAY, address(redemption, "reveal")):
        text = manager.get(page).content.decode()
        assert "501002345678" not in text and "gAAAA" not in text, page
    assert "••••5678" in manager.get(page_of(redemption)).content.decode()
    assert not PayoutRead.objects.exists()
    answer = manager.post(address(redemption, "reveal"))
    assert "501002345678" in text_of(answer) and "no-store" in answer["Cache-Control"]
    assert PayoutRead.objects.get().redemption == redemption
    assert "Shown in full to" in text_of(manager.get(page_of(redemption)))


def test_who_looked_and_at_whose_details_is_a_page_that_links_to_both(manager):
    redemption = make.redemption()
    manager.post(address(redemption, "reveal"))
    read = PayoutRead.objects.get()
    card = manager.get(page_of(read)).context["card"]
    assert card.what.startswith(f"{read.reader} had the details of a redemption of {redemption.user} shown in full on ")
    assert [link.href for link in card.links] == [page_of(read.reader), page_of(redemption.user), page_of(redemption)]
    assert str(read) == f"Shown to {read.reader}"


def test_a_payment_method_that_its_owner_looked_at_is_told_in_a_sentence(manager):
    method = make.payment_method()
    services.reveal_payment_method(actor=method.user, method=method, now=make.NOW)
    card = manager.get(page_of(PayoutRead.objects.get())).context["card"]
    assert card.what.startswith(f"{method.user} had a payment method of {method.user} shown in full on ")
    assert len(card.links) == 2


def test_finance_sees_what_waits_and_decides_nothing_about_payouts(bookkeeper):
    redemption = make.redemption()
    [case] = bookkeeper.get(TO_PAY).context["cases"]
    assert list(case.ways) == list(case.links) == []
    for name in ("complete", "cancel", "reveal"):
        assert bookkeeper.post(address(redemption, name), {}).status_code == 403
    assert not PayoutRead.objects.exists()
