"""Databases for the engine's tests: one demo of a thousand payments a session, copied for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.engine.samples import registered
from tests.processes import Scratch, Template, address_of, copy_database, drop_database


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes while a test runs the engine in its own process: no rest between batches on SQLite."""
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)


@pytest.fixture(scope="session")
def empty_books(django_db_setup: None, tmp_path_factory: Any) -> Iterator[Template]:
    """A migrated database without a row: a copy of the tests' own, before any test wrote into it."""
    connection.close()
    folder = tmp_path_factory.mktemp("empty")
    url = copy_database(address_of(connection), folder)
    yield Template(url, folder)
    drop_database(url)


@pytest.fixture(scope="session")
def books_of(empty_books: Template, tmp_path_factory: Any) -> Iterator[Any]:
    """`books_of(20000)`: the large demo with that many payments, loaded once a session."""
    made: dict[int, Template] = {}

    def template(payments: int) -> Template:
        if payments not in made:
            folder = tmp_path_factory.mktemp(f"books-{payments}")
            made[payments] = _load(empty_books, folder, "--size", "large", "--payments", str(payments))
        return made[payments]

    yield template
    for each in made.values():
        drop_database(each.url)


@pytest.fixture(scope="session")
def small_books(empty_books: Template, tmp_path_factory: Any) -> Iterator[Template]:
    """The small demo: the runbook's distributor and the dairy with every odd case."""
    made = _load(empty_books, tmp_path_factory.mktemp("small"), "--size", "small")
    yield made
    drop_database(made.url)


def _load(empty: Template, folder: Path, *options: str) -> Template:
    url = copy_database(empty.url, folder)
    loaded = Scratch(url, folder).run("load_demo", "--force", *options)
    assert loaded.code == 0, loaded.err
    return Template(url, folder)


@pytest.fixture
def scratch(books_of: Any) -> Iterator[Scratch]:
    """A thousand payments, some 830 of them to be written, for this test alone."""
    with books_of(1000).copy() as database:
        yield database


@pytest.fixture
def twin(books_of: Any) -> Iterator[Scratch]:
    """The same once more, to compare with."""
    with books_of(1000).copy() as database:
        yield database


@pytest.fixture
def samples() -> Iterator[None]:
    """The backfills of `tests.engine.samples`, registered."""
    with registered():
        yield
