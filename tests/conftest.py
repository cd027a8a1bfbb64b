"""What every test shares: a part marker, and a database left as it was found."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.emptied import empty, filled, remembered
from tests.migrated import collect_garbage_seldom, copy_migrated_to
from tests.processes import address_of, drop_database

PARTS = {
    "routes",
    "allocations",
    "finance",
    "dairy",
    "subscriptions",
    "cashback",
    "engine",
    "ground",
}

# What takes a minute begins first: last, it would keep one worker busy while the others have nothing left to do.
LONG = (
    "tests/test_migrations.py",
    "tests/accounts/test_way_back.py",
    "tests/docs/test_commands.py",
    "tests/engine/test_killed_",
)

# An address in memory, or an id that was made up just now.
CHANGES_BY_RUN = re.compile(r"0x[0-9a-f]{8,}|\b[0-9a-f]{8}-[0-9a-f]{4}-4")


def pytest_configure() -> None:
    """Let transactional tests empty the database: its append-only tables refuse even that, and are right to."""
    from django.conf import settings
    from django.db import connections
    from django.test import TransactionTestCase

    from operations.append_only import suspended

    collect_garbage_seldom()  # else half of the time of collecting the tests goes into it

    # Pages link static files by their plain names: `collectstatic` has not run here.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

    # Django's own hashers are slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    as_django_does = TransactionTestCase._fixture_teardown

    def step_around_triggers(case: TransactionTestCase) -> None:
        aliases = list(case._databases_names(include_mirrors=False))
        with ExitStack() as stack:
            for alias in aliases:
                if not connections[alias].in_atomic_block:
                    stack.enter_context(suspended(alias))
            if aliases == ["default"] and case.available_apps is None and not case.serialized_rollback:
                empty("default", as_django_does=lambda: as_django_does(case))
            else:
                as_django_does(case)

    TransactionTestCase._fixture_teardown = step_around_triggers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that belongs to no part (`make test ONLY=…` would never run it), or whose name is never the same.

    What takes long is put first.
    """
    changing = [item.nodeid for item in items if CHANGES_BY_RUN.search(item.nodeid)]
    if changing:
        raise pytest.UsageError(
            f"Names of tests that differ in every process, which two workers cannot share: {changing[:5]}"
        )
    homeless = [item.nodeid for item in items if not PARTS & {mark.name for mark in item.iter_markers()}]
    if homeless:
        raise pytest.UsageError(f"Tests without a part marker (set pytestmark in the file): {homeless[:5]}")
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """Thousands of tests live as long as the run: no garbage collection looks at them again."""
    collect_garbage_seldom()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Begin with the database that `django_db_modify_db_settings` laid there."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Before pytest-django sets the database up: a copy of the migrated template, gone at the end."""
    from django.db import connection

    address = address_of(connection, connection.creation._get_test_db_name())
    copy_migrated_to(address)
    yield
    connection.close()
    drop_database(address)


@pytest.fixture(autouse=True)
def history_stays_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test with a database: the newest history image of each row equals the row.

    A test that damages rows on purpose says so with `@pytest.mark.damages_rows`.
    """
    if not request.node.get_closest_marker("django_db"):
        yield
        return
    transactional = request.node.get_closest_marker("django_db").kwargs.get("transaction", False)
    request.getfixturevalue("transactional_db" if transactional else "db")
    remembered("default")
    yield
    if request.node.get_closest_marker("damages_rows"):
        return
    from operations.history_images import images_unlike_their_row, models_with_history

    images = {history._meta.db_table: (model, history) for model, history in models_with_history()}
    false_images = [
        (model.__name__, found)
        for model, history in map(images.get, filled("default", list(images)))
        for found in images_unlike_their_row(model, history, using="default", tenant=None)
    ]
    assert not false_images, f"History tells something else than the rows: {false_images[:3]}"


@pytest.fixture
def on_postgres() -> bool:
    """Whether the tests run on PostgreSQL."""
    from django.db import connection

    return connection.vendor == "postgresql"


@pytest.fixture
def postgres(on_postgres: bool) -> Iterator[None]:
    """For tests of locks and concurrency, which SQLite does not have: they run in the PostgreSQL half of `make test`."""
    if not on_postgres:
        pytest.skip("needs PostgreSQL: runs in the second half of `make test`")
    yield


@pytest.fixture
def queue() -> Path:
    """The folder of the background workers' queue, empty."""
    from django.conf import settings

    folder = Path(settings.BROKER_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    for message in folder.glob("*.msg"):
        message.unlink()
    return folder
