"""`reading`: a look into a database that cannot write and leaves no trace, whoever has it open."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.cashback.instances import known
from tests.processes import Scratch, address_of

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

WAL, ROLLBACK_JOURNAL = "WAL", "DELETE"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Scratch]:
    """Processes that read."""
    made = Scratch(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path)
    yield made
    made.end_all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the database lies."""
    made = tmp_path / "here"
    made.mkdir()
    return made


def notes(folder: Path, journal: str, words: str = "first") -> sqlite3.Connection:
    """A database with one note, still open."""
    opened = sqlite3.connect(folder / "notes.sqlite3", isolation_level=None)
    opened.execute(f"PRAGMA journal_mode = {journal}")
    opened.execute("CREATE TABLE notes (words text)")
    opened.execute("INSERT INTO notes VALUES (?)", [words])
    return opened


def read(reader: Scratch, folder: Path, statement: str = "SELECT words FROM notes") -> str:
    """What a process that only reads sees, or how it is refused."""
    url = f"sqlite:///{folder / 'notes.sqlite3'}"
    return reader.start_function(look, {"books": url}, statement).wait().out.strip()


def look(addresses: dict[str, str], statement: str) -> None:
    from django.db import Error

    from operations.reading import reading

    known(addresses, "", None)
    try:
        with reading("books", lock_seconds=0.3) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            print(*(row[0] for row in cursor.fetchall()) if cursor.description else ["done"])
    except Error as error:
        print(f"refused: {error}")


def look_by_name(addresses: dict[str, str], statement: str) -> None:
    """As Django's record of migrations is read: through whatever connection bears the name."""
    from django.db import connections

    from operations.reading import reading

    known(addresses, "", None)
    former = connections["books"]
    with reading("books", lock_seconds=0.3), connections["books"].cursor() as cursor:
        cursor.execute(statement)
        print(cursor.fetchone()[0])
    print("put back" if connections["books"] is former and former.connection is None else "left in place")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("journal", [WAL, ROLLBACK_JOURNAL])
def test_a_file_that_nobody_has_open_stays_as_it_is_with_nothing_beside_it(reader, folder, journal):
    notes(folder, journal).close()
    before = bytes_of(folder)
    assert read(reader, folder) == "first"
    assert bytes_of(folder) == before
    assert list(before) == ["notes.sqlite3"]


def test_what_an_application_wrote_into_its_log_is_seen_and_the_log_stays(reader, folder):
    with closing(notes(folder, WAL)) as application:
        application.execute("UPDATE notes SET words = 'second'")
        before = bytes_of(folder)
        assert read(reader, folder) == "second"
        assert bytes_of(folder) == before
        assert sorted(before) == ["notes.sqlite3", "notes.sqlite3-shm", "notes.sqlite3-wal"]


def test_while_somebody_writes_it_sees_what_was_there_before(reader, folder):
    with closing(notes(folder, WAL)) as application:
        application.execute("BEGIN IMMEDIATE")
        application.execute("UPDATE notes SET words = 'second'")
        assert read(reader, folder) == "first"


@pytest.mark.parametrize("is_shm_left", [True, False])
def test_the_log_of_a_process_that_crashed_is_read_and_left(reader, folder, is_shm_left):
    crashed = reader.start_function(partial(write_and_die, folder)).wait()
    assert crashed.code == -signal.SIGKILL
    if not is_shm_left:
        (folder / "notes.sqlite3-shm").unlink()
    before = bytes_of(folder)
    assert before["notes.sqlite3-wal"]
    assert read(reader, folder) == "last words"
    assert bytes_of(folder) == before


def write_and_die(folder: Path) -> None:
    notes(folder, WAL, "last words")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("journal", [WAL, ROLLBACK_JOURNAL])
def test_a_query_by_the_databases_name_leaves_no_trace_either(reader, folder, journal):
    notes(folder, journal).close()
    before = bytes_of(folder)
    url = f"sqlite:///{folder / 'notes.sqlite3'}"
    ended = reader.start_function(look_by_name, {"books": url}, "SELECT words FROM notes").wait()
    assert ended.out.split("\n")[:2] == ["first", "put back"], ended.err
    assert bytes_of(folder) == before


@pytest.mark.parametrize("journal", [WAL, ROLLBACK_JOURNAL])
def test_it_cannot_write(reader, folder, journal):
    notes(folder, journal).close()
    before = bytes_of(folder)
    assert read(reader, folder, "INSERT INTO notes VALUES ('by accident')").startswith("refused: attempt to write")
    assert bytes_of(folder) == before


def test_a_file_that_somebody_locked_for_himself_is_refused(reader, folder):
    with closing(notes(folder, ROLLBACK_JOURNAL)) as application:
        application.execute("BEGIN EXCLUSIVE")
        assert read(reader, folder) == "refused: database is locked"


def test_on_postgres_the_session_is_read_only(reader, postgres):
    from django.db import connection

    url = address_of(connection)
    said = reader.start_function(look, {"books": url}, "CREATE TABLE by_accident (id integer)").wait().out
    assert "read-only transaction" in said
    by_name = reader.start_function(look_by_name, {"books": url}, "SHOW transaction_isolation").wait().out
    assert by_name == "repeatable read\nput back\n"
