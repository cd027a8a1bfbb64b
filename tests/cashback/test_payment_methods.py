"""Payment methods: added with details that can be right, one default each, and nobody's but one's own."""

import json

import pytest

from accounts.models import RefusedWrite
from cashback import services
from cashback.models import PAYOUT_FIELDS, PayoutKind, UserPaymentMethod
from cashback.rules.payout_kinds import NEEDS, WRITTEN
from cashback.services.members import NotAMember
from cashback.services.payment_methods import NoSuchPaymentMethod, TooManyPaymentMethods
from cashback.services.payout_details import UnknownPayoutKind, WrongPayoutDetails, opened
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_the_rules_know_every_kind_and_every_detail_of_the_tables():
    assert set(NEEDS) == set(PayoutKind.values)
    assert set(WRITTEN) == set(PAYOUT_FIELDS)
    assert {name for needs in NEEDS.values() for name in needs.takes} == set(PAYOUT_FIELDS)


@pytest.mark.parametrize("kind", PayoutKind.values)
def test_each_kind_is_added_with_what_it_needs(kind):
    method = UserPaymentMethod.objects.get(pk=make.payment_method(kind).pk)
    assert (method.payment_type, method.created_at, method.is_default) == (kind, make.NOW, False)
    assert opened(method) == make.PAID_OUT_TO[kind]


def refused(kind, **details):
    """The fields that are refused, with what is said about them."""
    with pytest.raises(WrongPayoutDetails) as found:
        make.payment_method(kind, details=details)
    assert not UserPaymentMethod.objects.exists()
    return found.value.fields


ACCOUNT = make.PAID_OUT_TO["account"]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("cash", {"phone_number"}),
        ("gpay", {"gpay_id"}),
        ("upi", {"upi_id"}),
        ("account", {"account_name", "account_number", "ifsc_code", "bank_name"}),
    ],
)
def test_what_is_missing_is_named(kind, missing):
    assert set(refused(kind)) == missing
    assert set(refused(kind, **dict.fromkeys(missing, "   "))) == missing


@pytest.mark.parametrize("left_out", ACCOUNT)
def test_a_bank_account_needs_all_four(left_out):
    details = {name: text for name, text in ACCOUNT.items() if name != left_out}
    assert refused("account", **details) == {left_out: [f"Give {left_out}."]}


WRONG = [
    ("account_number", "1" * 300),
    ("account_number", "12345678"),
    ("account_number", "1" * 19),
    ("account_number", "12345678901x"),
    ("account_number", "१२३४५६७८९०"),
    ("account_number", "１２３４５６７８９０"),
    ("account_number", "1234567890\n"[:-1] + "\x00"),
    ("account_number", 501002345678),
    ("account_number", ["501002345678"]),
    ("ifsc_code", "HDFC1001234"),
    ("ifsc_code", "HDF00001234"),
    ("ifsc_code", "HDFC000123"),
    ("ifsc_code", "HDFC00012345"),
    ("ifsc_code", "ＨＤＦＣ0001234"),
    ("ifsc_code", "HDFC0" + "1" * 300),
    ("account_name", "x" * 201),
    ("account_name", "two\nlines"),
    ("account_name", "nul\x00"),
    ("account_name", "half \ud800"),
    ("account_name", "\u202eoaR ahsA"),
    ("bank_name", "x" * 201),
    ("bank_name", True),
]


@pytest.mark.parametrize(("name", "text"), WRONG, ids=[f"{name}-{number}" for number, (name, _) in enumerate(WRONG)])
def test_details_of_an_account_that_cannot_be_right_are_refused_by_name(name, text):
    assert list(refused("account", **{**ACCOUNT, name: text})) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "asha",
        "@okbank",
        "a@okbank",
        "asha@",
        "asha@ok bank",
        "asha@@okbank",
        "ஆஷா@okbank",
        "asha@1bank",
        "a" * 195 + "@okbank",
    ],
)
def test_wrong_upi_ids_are_refused(text):
    assert list(refused("upi", upi_id=text)) == ["upi_id"]


@pytest.mark.parametrize("text", ["1234567", "1" * 16, "98765x4321", "++919876543210", "٩٨٧٦٥٤٣٢١٠"])
def test_wrong_phone_numbers_are_refused(text):
    assert list(refused("cash", phone_number=text)) == ["phone_number"]


@pytest.mark.parametrize(
    ("kind", "details", "kept"),
    [
        ("gpay", {"phone_number": "98765 43210"}, {"phone_number": "9876543210"}),
        ("gpay", {"gpay_id": "asha.rao@gmail.example.com"}, {"gpay_id": "asha.rao@gmail.example.com"}),
        (
            "cash",
            {"phone_number": "+91 (98765) 43-210", "address": " 12 Lake Road\nMadurai "},
            {"phone_number": "+919876543210", "address": "12 Lake Road\nMadurai"},
        ),
        ("upi", {"upi_id": " 9876543210@paytm ", "bank_name": None}, {"upi_id": "9876543210@paytm"}),
        (
            "account",
            {**ACCOUNT, "account_number": "5010 0234-5678", "ifsc_code": "hdfc0001234", "account_name": "ஆஷா ராவ்"},
            {**ACCOUNT, "account_name": "ஆஷா ராவ்"},
        ),
        (
            "account",
            {**ACCOUNT, "account_name": "<b>Asha</b> & O'Neil"},
            {**ACCOUNT, "account_name": "<b>Asha</b> & O'Neil"},
        ),
    ],
)
def test_details_are_kept_in_one_form(kind, details, kept):
    assert opened(make.payment_method(kind, details=details)) == kept


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("upi", {"upi_id": "asha@okbank", "account_number": "501002345678"}),
        ("amazon_gift_card", {"account_number": "5"}),
    ],
)
def test_a_detail_that_the_kind_does_not_have_is_refused(kind, details):
    assert refused(kind, **details) == {"account_number": ["This kind does not have it."]}


@pytest.mark.parametrize("details", [None, "text", ["upi_id"], 7])
def test_details_that_are_no_object_are_refused(details):
    owner = make.user("CUSTOMER")
    with pytest.raises(WrongPayoutDetails) as found:
        services.add_payment_method(actor=owner, payment_type="upi", details=details, now=make.NOW)
    assert list(found.value.fields) == ["details"]


@pytest.mark.parametrize("kind", ["bitcoin", "", None, {}, "Account"])
def test_unknown_kinds_are_refused(kind):
    with pytest.raises(UnknownPayoutKind) as found:
        services.add_payment_method(actor=make.user(), payment_type=kind, details={}, now=make.NOW)
    assert list(found.value.fields) == ["payment_type"]


def test_a_refusal_never_repeats_what_was_typed():
    with pytest.raises(WrongPayoutDetails) as found:
        make.payment_method("account", details={**ACCOUNT, "account_number": "SECRET-4711", "5010-typed": "SECRET"})
    kept = RefusedWrite.objects.get()
    for text in (str(found.value), kept.message, json.dumps(list(found.value.fields.values()))):
        assert "4711" not in text and "SECRET" not in text and "5010" not in text
    assert "account_number" in str(found.value)


# The default ----------------------------------------------------------------------------------------------


def defaults(owner):
    return list(UserPaymentMethod.objects.filter(user=owner, is_default=True))


def test_a_new_default_takes_the_place_of_the_old():
    asha = make.user("CUSTOMER")
    first, second = make.payment_method(of=asha, is_default=True), make.payment_method("cash", of=asha, is_default=True)
    assert defaults(asha) == [second]
    services.set_default_payment_method(actor=asha, method=first)
    assert defaults(asha) == [first]
    services.set_default_payment_method(actor=asha, method=first)
    assert defaults(asha) == [first]


def test_what_was_the_default_when_has_a_history():
    asha = make.user("CUSTOMER")
    first = make.payment_method(of=asha, is_default=True)
    make.payment_method("cash", of=asha, is_default=True)
    images = first.history.order_by("history_id").values_list("is_default", "history_user")
    assert list(images) == [(True, asha.pk), (False, asha.pk)]


def test_a_default_of_one_person_is_none_of_another():
    asha, ravi = make.payment_method(is_default=True), make.payment_method(is_default=True)
    assert defaults(asha.user) == [asha] and defaults(ravi.user) == [ravi]


def test_a_removed_default_leaves_none_and_makes_room():
    asha = make.user("CUSTOMER")
    method = make.payment_method(of=asha, is_default=True)
    removed = services.remove_payment_method(actor=asha, method=method, now=make.later(hours=1))
    assert (removed.deleted_at, removed.is_default) == (make.later(hours=1), False)
    assert defaults(asha) == []
    make.payment_method(of=asha, is_default=True)


# Whose ----------------------------------------------------------------------------------------------------


STEPS = [
    lambda actor, method: services.remove_payment_method(actor=actor, method=method, now=make.NOW),
    lambda actor, method: services.set_default_payment_method(actor=actor, method=method),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("role", ["ADMIN", "CUSTOMER"])
def test_nobody_changes_another_ones_method(step, role):
    method = make.payment_method()
    with pytest.raises(NoSuchPaymentMethod):
        step(make.user(role), method)
    with pytest.raises(NoSuchPaymentMethod):
        step(make.user(role, of=make.tenant("other")), method)
    method.refresh_from_db()
    assert (method.deleted_at, method.is_default) == (None, False)


@pytest.mark.parametrize("step", STEPS)
def test_a_removed_method_is_not_found(step):
    method = make.payment_method()
    services.remove_payment_method(actor=method.user, method=method, now=make.NOW)
    with pytest.raises(NoSuchPaymentMethod):
        step(method.user, method)


@pytest.mark.parametrize("step", STEPS)
def test_who_was_deactivated_changes_nothing(step):
    method = make.payment_method()
    method.user.is_active = False
    method.user.save()
    with pytest.raises(NotAMember):
        step(method.user, method)
    with pytest.raises(NotAMember):
        make.payment_method(of=method.user)


def test_nobody_collects_payment_methods():
    asha = make.user("CUSTOMER")
    methods = [make.payment_method("amazon_gift_card", of=asha) for _ in range(20)]
    with pytest.raises(TooManyPaymentMethods):
        make.payment_method(of=asha)
    services.remove_payment_method(actor=asha, method=methods[0], now=make.NOW)
    make.payment_method(of=asha)
