"""Staff of one business never meet a row of another: not in lists, not by address, not in a choice."""

import pytest
from django.urls import reverse
from knox.models import AuthToken

from accounts.models import Tenant, User
from billing.models import Customer, Payment, Sale
from operations.models import BackupRecord
from routes.models import Round
from tests import make
from tests.admin.business import MODELS, WITH_HISTORY, page

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


def test_a_row_of_another_business_is_not_listed(rows, foreign_rows, manager):
    for model in MODELS:
        answer = manager.get(page(model, "changelist"))
        if answer.status_code == 200:
            listed = {row.pk for row in answer.context["cl"].result_list}
            assert foreign_rows[model].pk not in listed, model
            assert rows[model].pk in listed or model is BackupRecord, model
        else:
            assert (answer.status_code, model) in {(403, Tenant), (403, AuthToken)}


def test_a_row_of_another_business_does_not_open_by_its_address(foreign_rows, manager):
    for model in MODELS:
        answer = manager.get(page(model, "change", foreign_rows[model].pk))
        assert answer.status_code in {302, 403, 404}, model
        assert answer.status_code != 302 or answer["Location"] == reverse("admin:index"), model


def test_its_history_answers_404(foreign_rows, manager):
    for model in WITH_HISTORY:
        row = foreign_rows[model]
        image = row.history.first()
        assert manager.get(page(model, "history", row.pk)).status_code == 404, model
        assert manager.get(page(model, "simple_history", row.pk, image.pk)).status_code == 404, model


def test_a_superuser_sees_all_businesses(rows, foreign_rows, owner):
    listed = {row.pk for row in owner.get(page(Payment, "changelist")).context["cl"].result_list}
    assert {rows[Payment].pk, foreign_rows[Payment].pk} < listed == set(Payment.objects.values_list("pk", flat=True))


def test_a_filter_by_address_finds_nothing_of_another_business(foreign_rows, manager):
    address = f"{page(Payment, 'changelist')}?sale__id__exact={foreign_rows[Sale].pk}"
    assert list(manager.get(address).context["cl"].result_list) == []


def test_a_search_finds_nothing_of_another_business(foreign_rows, manager):
    address = f"{page(Sale, 'changelist')}?q={foreign_rows[Sale].pk}"
    assert list(manager.get(address).context["cl"].result_list) == []


def test_choices_come_from_the_own_business(rows, foreign_rows, manager):
    question = {"app_label": "billing", "model_name": "customer", "field_name": "round", "term": ""}
    choices = manager.get(reverse("admin:autocomplete"), question).json()["results"]
    assert [choice["id"] for choice in choices] == [str(rows[Round].pk)]


def test_a_round_of_another_business_is_refused_in_a_form(rows, foreign_rows, manager):
    customer = rows[Customer]
    values = {"number": customer.number, "name": customer.name, "round": foreign_rows[Round].pk, "is_active": "on"}
    answer = manager.post(page(Customer, "change", customer.pk), values)
    errors = answer.context["adminform"].form.errors["round"]
    assert "another business" not in str(errors), "it must not even say that such a round exists"
    assert Customer.objects.get(pk=customer.pk).round is None


def test_a_superuser_cannot_tie_two_businesses_together(rows, foreign_rows, owner):
    customer = rows[Customer]
    values = {"number": customer.number, "name": customer.name, "round": foreign_rows[Round].pk, "is_active": "on"}
    answer = owner.post(page(Customer, "change", customer.pk), values)
    assert "another business" in str(answer.context["adminform"].form.errors["round"])


def test_what_an_administrator_adds_belongs_to_their_business(rows, foreign_rows, manager):
    theirs = Tenant.objects.get(slug="elsewhere")
    values = {"name": "South", "slots": '["morning"]', "is_active": "on", "tenant": str(theirs.pk)}
    assert manager.post(page(Round, "add"), values).status_code == 302
    assert Round.objects.get(name="South").tenant.slug == "distro"


def test_a_name_that_exists_already_is_a_message_and_no_crash(rows, manager):
    answer = manager.post(page(Round, "add"), {"name": "North", "slots": "[]", "is_active": "on"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors


@pytest.mark.damages_rows
def test_a_superuser_is_out_of_an_administrators_reach(rows, manager):
    above = make.superuser()
    User.objects.filter(pk=above.pk).update(tenant=rows[Tenant])
    assert manager.get(page(User, "change", above.pk)).status_code == 302
    assert manager.get(reverse("admin:auth_user_password_change", args=[above.pk])).status_code in {302, 403, 404}


def test_representatives_have_no_pages(as_user, rows):
    browser = as_user(make.user("SALES_REP", is_staff=True))
    assert browser.get(page(Payment, "changelist")).status_code == 403
    assert browser.get(reverse("admin:accountability")).status_code == 403
