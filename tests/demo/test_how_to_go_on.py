"""What `make demo` says at its end: who can log in, and what to try."""

import io

import pytest

from accounts.demo.people import STAFF, TENANTS_OF
from accounts.models import Role
from billing.management.commands.demo import Command

pytestmark = pytest.mark.ground


def said() -> str:
    printed = io.StringIO()
    Command(stdout=printed, no_color=True).say_how_to_go_on()
    return printed.getvalue()


@pytest.mark.parametrize("slug", TENANTS_OF["small"])
def test_it_names_the_administrator_of_every_business(slug):
    admin = next(name for name, _, role, _ in STAFF[slug] if role == Role.ADMIN)
    assert f" {admin}@example.com (" in said().replace("\n", " ")


def test_it_names_the_migration_of_the_lenders_instances():
    assert "$ python manage.py migrate_cashback_tables prod --dry-run\n" in said()
