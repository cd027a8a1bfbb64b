"""Money and history are never edited as rows, whoever tries."""

import pytest
from django.contrib import admin

from accounts.admin import AuditAdmin
from accounts.models import Tenant, User
from billing.models import Customer
from routes.models import Round
from tests.admin.business import MODELS, WITH_HISTORY, page

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

EDITABLE = {Tenant, User, Customer, Round}
LOCKED = [model for model in MODELS if model not in EDITABLE]


def stored(row):
    return type(row)._base_manager.filter(pk=row.pk).values().get()


def test_every_page_goes_through_the_one_base_class():
    assert [model for model, page_of in admin.site._registry.items() if not isinstance(page_of, AuditAdmin)] == []


def test_even_a_superuser_cannot_add_or_change_a_row_of_money_or_history(rows, owner):
    for model in LOCKED:
        before = stored(rows[model])
        assert owner.get(page(model, "add")).status_code == 403, model
        assert owner.post(page(model, "change", before[model._meta.pk.attname]), {"status": "X"}).status_code == 403, (
            model
        )
        assert stored(rows[model]) == before, model


def test_nothing_is_deleted_in_the_admin(rows, owner):
    for model in MODELS:
        assert owner.post(page(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403, model
        assert model._base_manager.filter(pk=rows[model].pk).exists(), model


def test_finance_looks_and_does_not_change(rows, bookkeeper):
    for model in EDITABLE:
        before = stored(rows[model])
        answer = bookkeeper.post(page(model, "change", rows[model].pk), {"name": "Taken over"})
        assert answer.status_code == 403, model
        assert stored(rows[model]) == before, model


@pytest.mark.parametrize("person", ["owner", "bookkeeper"])
def test_an_old_image_cannot_be_written_back(person, rows, request):
    browser = request.getfixturevalue(person)
    for model in WITH_HISTORY:
        row = rows[model]
        row.save()
        before, images = stored(row), row.history.count()
        image = row.history.order_by("history_id").first()
        for address in (page(model, "simple_history", row.pk, image.pk), page(model, "history", row.pk)):
            assert browser.post(address, {"name": "Taken over"}).status_code == 403, address
        assert (stored(row), row.history.count()) == (before, images), model


def test_every_object_and_its_history_can_be_read(rows, owner):
    for model in MODELS:
        assert owner.get(page(model, "change", rows[model].pk)).status_code == 200, model
    for model in WITH_HISTORY:
        row = rows[model]
        assert owner.get(page(model, "history", row.pk)).status_code == 200, model
        assert owner.get(page(model, "simple_history", row.pk, row.history.first().pk)).status_code == 200, model


def test_an_image_that_does_not_exist_answers_404(rows, owner):
    for number in ("0", "none", "999999999"):
        assert owner.get(page(Customer, "simple_history", rows[Customer].pk, number)).status_code == 404
