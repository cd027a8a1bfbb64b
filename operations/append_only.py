"""Append-only tables: rows that are written once and never changed or removed, held by the database itself.

A model says `is_append_only = True`; every history table is append-only too. Triggers refuse UPDATE, DELETE and (PostgreSQL)
TRUNCATE, whoever asks: services, raw SQL, a console. Rows that are part of another one (the lines of a sale, the older debts of a
route) say `is_frozen = True`: they are never changed, and go only when the row goes that they belong to. The triggers are put up
after every `migrate`, because a table that SQLite rebuilds loses them without a word; a system check and an invariant prove that
they stand.

Only two have reason to step around them, inside `suspended(using)`: the tests when they empty the database, and a restore.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model

from accounts.history import HistoryStamp

ROW_TRIGGER = "append_only"
FROZEN_TRIGGER = "append_only_frozen"
TRUNCATE_TRIGGER = "append_only_truncate"
SUSPENDED_SETTING = "roundsman.append_only_suspended"

POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('{SUSPENDED_SETTING}', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD WHEN 'UPDATE' THEN NEW END;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused. Add a reversing row instead.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514', TABLE = TG_TABLE_NAME;
END $$
"""


POSTGRES_TRIGGERS = {
    ROW_TRIGGER: ("UPDATE OR DELETE", "ROW"),
    FROZEN_TRIGGER: ("UPDATE", "ROW"),
    TRUNCATE_TRIGGER: ("TRUNCATE", "STATEMENT"),
}


def append_only_models() -> list[type[Model]]:
    """List the models whose rows are never changed or removed: those that declare it, and all history."""
    return [model for model in apps.get_models() if _declares(model)]


def frozen_models() -> list[type[Model]]:
    """List the models whose rows are never changed, and go only with the row that they are part of."""
    return [model for model in apps.get_models() if getattr(model, "is_frozen", False)]


def missing_triggers(using: str) -> list[tuple[str, str]]:
    """List (table, trigger) of every append-only table that exists in this database without its protection."""
    there, tables = _existing_triggers(using), _protected_tables(using)
    return [
        (table, trigger) for table in tables for trigger in _expected(using, table) if (table, trigger) not in there
    ]


def install_triggers(using: str) -> None:
    """Put up whatever is missing; on a database without these tables (`migrate zero`) leave nothing behind."""
    if connections[using].vendor == "postgresql":
        tables = _protected_tables(using)
        _run(using, POSTGRES_FUNCTION if tables else "DROP FUNCTION IF EXISTS refuse_append_only()")
    for table, trigger in missing_triggers(using):
        _run(using, _create(using, table, trigger))


def install_after_migrate(*, using: str, **kwargs: Any) -> None:
    """Receive `post_migrate`."""
    install_triggers(using)


@contextmanager
def suspended(using: str) -> Iterator[None]:
    """Let the block change and remove rows of append-only tables. For restores and for emptying a test database."""
    if connections[using].vendor == "postgresql":
        with _setting_on(using):
            yield
    else:
        with transaction.atomic(using=using):
            for table, trigger in _existing_triggers(using):
                _run(using, f"DROP TRIGGER {_quoted(using, trigger)}  -- of {table}")
            yield
            install_triggers(using)


@contextmanager
def _setting_on(using: str) -> Iterator[None]:
    _run(using, "SELECT set_config(%s, 'on', false)", [SUSPENDED_SETTING])
    try:
        yield
    finally:
        if not connections[using].needs_rollback:
            _run(using, "SELECT set_config(%s, '', false)", [SUSPENDED_SETTING])


def _declares(model: type[Model]) -> bool:
    return getattr(model, "is_append_only", False) or issubclass(model, HistoryStamp)


def _protected_tables(using: str) -> list[str]:
    connection = connections[using]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    return sorted(there & {model._meta.db_table for model in [*append_only_models(), *frozen_models()]})


def _expected(using: str, table: str) -> list[str]:
    is_frozen = table in {model._meta.db_table for model in frozen_models()}
    if connections[using].vendor == "postgresql":
        return [FROZEN_TRIGGER if is_frozen else ROW_TRIGGER, TRUNCATE_TRIGGER]
    if is_frozen:
        return [f"{table}_{ROW_TRIGGER}_update"]
    return [f"{table}_{ROW_TRIGGER}_update", f"{table}_{ROW_TRIGGER}_delete"]  # trigger names are global in SQLite


def _existing_triggers(using: str) -> set[tuple[str, str]]:
    if connections[using].vendor == "postgresql":
        query = """
            SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE t.tgname LIKE 'append_only%%' AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)
        """
    else:
        query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%_append_only_%%'"
    with connections[using].cursor() as cursor:
        cursor.execute(query, [])
        return set(cursor.fetchall())


def _create(using: str, table: str, trigger: str) -> str:
    name, on_table = _quoted(using, trigger), _quoted(using, table)
    if connections[using].vendor == "postgresql":
        when, each = POSTGRES_TRIGGERS[trigger]
        return (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {when} ON {on_table} FOR EACH {each} "
            f"EXECUTE FUNCTION refuse_append_only(); ALTER TABLE {on_table} ENABLE TRIGGER {name}"
        )
    operation = trigger.rpartition("_")[2].upper()
    refusal = f"{table} is append-only: {operation} is refused. Add a reversing row instead."
    return f"CREATE TRIGGER {name} BEFORE {operation} ON {on_table} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"


def _quoted(using: str, name: str) -> str:
    return connections[using].ops.quote_name(name)


def _run(using: str, statement: str, parameters: list[Any] | None = None) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, parameters)
