"""Nobody ever sees another tenant's rows, in any table: every queryset that knows tenants is asked for each kind of person."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from accounts.models import Role, TenantOwned, TenantQuerySet, User
from tests.accounts.people import a_tenant, a_user
from tests.accounts.rows import a_row

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

OF_TENANTS = [
    model
    for model in apps.get_models()
    if "tenant" in {field.name for field in model._meta.concrete_fields} and not hasattr(model, "history_type")
]
SCOPED = [model for model in OF_TENANTS if isinstance(model._default_manager.all(), TenantQuerySet)]
WITHOUT_A_READER = {"accounts.Counter"}  # never listed to anybody: read and written by next_number alone
PRIVATE = {"cashback.UserPaymentMethod"}  # its owner's alone: the office sees the copy on what it pays out


def by_label(model: type[Model]) -> str:
    return model._meta.label


def test_every_table_of_tenants_has_a_queryset_that_knows_them():
    assert {by_label(model) for model in set(OF_TENANTS) - set(SCOPED)} == WITHOUT_A_READER
    assert {by_label(model) for model in apps.get_models() if issubclass(model, TenantOwned)} <= {
        by_label(model) for model in SCOPED
    }
    assert len(SCOPED) >= 10


@pytest.mark.parametrize("model", SCOPED, ids=by_label)
def test_another_tenants_rows_never_appear(model):
    ours, theirs = a_row(model, a_tenant()), a_row(model, a_tenant())
    for role in Role:
        person = a_user(role, ours.tenant)
        seen = set(model._default_manager.for_user(person))
        assert theirs not in seen, f"{role} sees another tenant's row"
        assert {row.tenant_id for row in seen} <= {ours.tenant_id}
    for role in (Role.ADMIN, Role.FINANCE):
        seen = model._default_manager.for_user(a_user(role, ours.tenant))
        assert (ours in seen) is (by_label(model) not in PRIVATE), f"{role} of the same tenant"
    if by_label(model) in PRIVATE:
        assert ours in model._default_manager.for_user(ours.user)


@pytest.mark.parametrize("model", SCOPED, ids=by_label)
def test_a_customer_sees_no_row_that_is_not_about_them(model):
    row = a_row(model, a_tenant())
    assert row not in model._default_manager.for_user(a_user(Role.CUSTOMER, row.tenant))


@pytest.mark.parametrize("model", SCOPED, ids=by_label)
def test_strangers_and_closed_accounts_see_nothing(model):
    row = a_row(model, a_tenant())
    closed = a_user(Role.ADMIN, row.tenant, is_active=False)
    closed_root = User(email="root@example.com", is_superuser=True, is_active=False)
    for person in (AnonymousUser(), closed, closed_root, User(role=Role.ADMIN, tenant=None)):
        assert not model._default_manager.for_user(person).exists()


@pytest.mark.parametrize("model", SCOPED, ids=by_label)
def test_a_superuser_stands_above_tenants_and_the_system_may_ask_for_one(model):
    ours, theirs = a_row(model, a_tenant()), a_row(model, a_tenant())
    root = User.objects.create_superuser("root@example.com", "a-quiet-river-7", name="Root")
    assert {ours, theirs} <= set(model._default_manager.for_user(root))
    assert theirs not in model._default_manager.of_tenant(ours.tenant)
    assert ours in model._default_manager.of_tenant(ours.tenant)
