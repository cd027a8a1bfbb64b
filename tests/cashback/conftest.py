"""What the tests of cashback share: instances in the state before cashback, each test with its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.cashback.instances import PATIENCE_SECONDS, Instances, Story, all_of, go_back, lend
from tests.processes import Scratch, Template, address_of, copy_database, drop_database


@pytest.fixture(scope="session")
def lender(django_db_setup: None, tmp_path_factory: Any) -> Iterator[Template]:
    """A lender's database before cashback: loans, payments, a tracker, and none of the later tables."""
    connection.close()
    folder = tmp_path_factory.mktemp("lender")
    url = copy_database(address_of(connection), folder)
    books = Scratch(url, folder)
    made = books.start_function(lend).wait(PATIENCE_SECONDS)
    assert made.code == 0, made.err
    go_back(books)
    yield Template(url, folder)
    drop_database(url)


@pytest.fixture(scope="session")
def story(lender: Template, tmp_path_factory: Any) -> Iterator[Story]:
    """One migration of an instance, run once: what stood there before and after, and what was said."""
    named = _instances(lender, tmp_path_factory.mktemp("story"))
    prod = named.add("prod")
    before = all_of(prod)
    yield Story(named, prod, before, named.run("migrate_cashback_tables", "prod"))
    named.drop()


@pytest.fixture
def instances(lender: Template, tmp_path: Any) -> Iterator[Instances]:
    """No instance yet: `instances.add("prod")`."""
    named = _instances(lender, tmp_path)
    yield named
    named.drop()


@pytest.fixture
def prod(instances: Instances) -> Scratch:
    """One instance, as it was before cashback."""
    return instances.add("prod")


@pytest.fixture
def migrated(instances: Instances, story: Story) -> Scratch:
    """One instance that has cashback's tables, all empty."""
    return instances.add("prod", like=story.prod.url)


def _instances(lender: Template, folder: Path) -> Instances:
    named = Instances(lender, Scratch(f"sqlite:///{folder / 'own.sqlite3'}", folder))
    named.folder.mkdir()
    return named
