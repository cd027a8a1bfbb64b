"""The way back of a migration on a filled database: refused in words, exit 2, and not a row is gone."""

from collections.abc import Iterator

import pytest

from tests.engine.conftest import *  # noqa: F403 - its databases
from tests.processes import Scratch

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


@pytest.fixture
def books(small_books) -> Iterator[Scratch]:
    with small_books.copy() as scratch:
        yield scratch


def rows(books: Scratch) -> dict[str, int]:
    """How many rows each table holds that any of the ways back would drop."""
    tables = (
        "tenants",
        "routes",
        "payments",
        "route_opening_debts",
        "historical_payments",
        "historical_routes",
        "users",
    )
    return {table: books.one(f"SELECT COUNT(*) FROM {table}") for table in tables}  # noqa: S608 - our own names


@pytest.mark.parametrize(
    ("app", "target"), [("billing", "0001"), ("billing", "zero"), ("routes", "zero"), ("accounts", "zero")]
)
def test_a_demo_keeps_every_row_when_told_to_go_back(books: Scratch, app: str, target: str):
    before = rows(books)
    assert all(before.values()), before
    ended = books.run("migrate", app, target)
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert "going back would lose" in ended.err
    assert "restore_database FILE" in ended.err
    assert rows(books) == before
    assert books.run("migrate").code == 0
