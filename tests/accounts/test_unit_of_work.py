"""One service call: one transaction, in one person's name, tried again when the database asks for it, never lost in silence."""

import threading

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from accounts import audit
from accounts.errors import Conflict, RuleBroken
from accounts.models import RefusedWrite, Tenant, User
from accounts.services import create_tenant
from accounts.unit_of_work import unit_of_work
from tests.accounts.people import a_tenant, a_user

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


@unit_of_work
def open_shop(*, actor, slug, then=None, reason=""):
    shop = Tenant.objects.create(slug=slug, name="Shop", currency="BDT")
    if then is not None:
        then()
    return shop


def refuse():
    raise RuleBroken("The street is closed. Choose another.")


def slugs():
    return set(Tenant.objects.filter(name="Shop").values_list("slug", flat=True))


def test_a_refused_service_leaves_nothing_behind_but_the_memory_of_it():
    user = a_user()
    with audit.acting(request_id="request-1"), pytest.raises(RuleBroken):
        open_shop(actor=user, slug="north", then=refuse)
    assert slugs() == set()
    kept = RefusedWrite.objects.get()
    assert (kept.service, kept.code, kept.message) == (
        "open_shop",
        "rule_broken",
        "The street is closed. Choose another.",
    )
    assert (kept.actor_id, kept.tenant_id, kept.request_id) == (user.pk, user.tenant_id, "request-1")


def test_a_write_that_the_database_refused_is_remembered_as_failed():
    with pytest.raises(IntegrityError):
        open_shop(
            actor=a_user(), slug="north", then=lambda: create_tenant(actor=None, slug="north", name="x", currency="BDT")
        )
    assert RefusedWrite.objects.get().code == "failed"
    assert slugs() == set()


def test_a_defect_rolls_back_too_and_is_not_called_a_refusal():
    with pytest.raises(ZeroDivisionError):
        open_shop(actor=None, slug="north", then=lambda: 1 / 0)
    assert slugs() == set()
    assert not RefusedWrite.objects.exists()


def test_a_service_called_by_a_service_joins_its_transaction_and_is_refused_once_by_its_own_name():
    @unit_of_work
    def open_street(*, actor):
        open_shop(actor=actor, slug="one")
        open_shop(actor=actor, slug="two", then=refuse)

    with pytest.raises(RuleBroken):
        open_street(actor=None)
    assert slugs() == set()
    assert [row.service for row in RefusedWrite.objects.all()] == ["open_shop"]


def test_a_caller_may_go_on_after_an_inner_refusal_and_only_the_inner_part_is_gone():
    @unit_of_work
    def open_street(*, actor):
        try:
            open_shop(actor=actor, slug="one", then=refuse)
        except RuleBroken:
            open_shop(actor=actor, slug="two")

    open_street(actor=None)
    assert slugs() == {"two"}


def test_history_says_who_why_and_in_which_request():
    user = a_user()
    with audit.acting(request_id="request-7"):
        shop = open_shop(actor=user, slug="north", reason="TICKET-7")
    image = shop.history.get()
    assert (image.history_user_id, image.actor_kind) == (user.pk, "user")
    assert (image.history_change_reason, image.request_id) == ("TICKET-7", "request-7")
    assert image.backfill_run is None


def test_without_an_actor_history_says_the_system_and_an_inner_actor_does_not_leak_out():
    user = a_user()

    @unit_of_work
    def open_street(*, actor):
        open_shop(actor=user, slug="one")
        return open_shop(actor=actor, slug="two")

    second = open_street(actor=None)
    assert second.history.get().actor_kind == "system"
    assert Tenant.objects.get(slug="one").history.get().history_user_id == user.pk
    assert audit.current() == audit.Audit()


def test_a_row_without_history_gets_a_baseline_before_its_first_change():
    (shop,) = Tenant.objects.bulk_create([Tenant(slug="old", name="Old name", currency="BDT")])
    assert shop.history.count() == 0
    shop.name = "New name"
    shop.save()
    newest, baseline = shop.history.all()
    assert (baseline.name, baseline.history_type) == ("Old name", "+")
    assert baseline.history_change_reason.startswith("baseline")
    assert (newest.name, newest.history_type) == ("New name", "~")
    shop.name = "Newer name"
    shop.save()
    assert shop.history.count() == 3, "one baseline, not one for each change"


@pytest.mark.parametrize("model", [Tenant, User], ids=lambda model: model.__name__)
def test_the_newest_image_equals_the_row_after_every_change(model):
    row = a_tenant() if model is Tenant else a_user()
    for name in ("First", "Second"):
        row.name = name
        row.save()
        newest = row.history.latest()
        stored = model.objects.get(pk=row.pk)
        kept = [field.attname for field in model.history.model.tracked_fields]
        assert {key: getattr(newest, key) for key in kept} == {key: getattr(stored, key) for key in kept}


def test_passwords_are_not_in_the_history():
    assert not {"password", "last_login"} & {field.name for field in User.history.model._meta.fields}


@pytest.mark.damages_rows
@pytest.mark.django_db(transaction=True)
def test_a_real_deadlock_is_tried_again_and_both_get_through(postgres):
    first, second = a_tenant(slug="first"), a_tenant(slug="second")
    both_hold_one, tries = threading.Barrier(2, timeout=10), []

    @unit_of_work
    def rename_both(*, actor, order, suffix):
        tries.append(suffix)
        one, other = order
        Tenant.objects.filter(pk=one.pk).update(name=f"one {suffix}")
        if tries.count(suffix) == 1:
            both_hold_one.wait()
        Tenant.objects.filter(pk=other.pk).update(name=f"other {suffix}")

    def run(order, suffix):
        try:
            rename_both(actor=None, order=order, suffix=suffix)
            done.append(suffix)
        finally:
            connections.close_all()

    done: list[str] = []
    threads = [
        threading.Thread(target=run, args=((first, second), "forwards")),
        threading.Thread(target=run, args=((second, first), "backwards")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == ["backwards", "forwards"]
    assert len(tries) == 3, "the database chose one victim, which was tried again"
    assert not RefusedWrite.objects.exists()


@pytest.mark.damages_rows
@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_a_deadlock_is_not_tried_again_but_told(postgres):
    first, second = a_tenant(slug="first"), a_tenant(slug="second")
    both_hold_one, errors = threading.Barrier(2, timeout=10), []

    @unit_of_work
    def rename_both(*, actor, order):
        one, other = order
        Tenant.objects.filter(pk=one.pk).update(name="one")
        both_hold_one.wait()
        Tenant.objects.filter(pk=other.pk).update(name="other")

    def run(order):
        try:
            with transaction.atomic():
                rename_both(actor=None, order=order)
        except DatabaseError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(order,)) for order in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(errors) == 1, "half a transaction cannot be repeated: its owner decides"


def test_a_refusal_keeps_its_fields_and_code_for_the_door():
    with pytest.raises(Conflict) as caught:

        @unit_of_work
        def refuse_with_fields(*, actor):
            raise Conflict("Taken.", fields={"slug": ["taken"]})

        refuse_with_fields(actor=None)
    assert (caught.value.code, caught.value.fields) == ("conflict", {"slug": ["taken"]})
