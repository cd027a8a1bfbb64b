"""What stands in an instance before cashback comes, and whether it may come. Nothing is written."""

from dataclasses import dataclass
from typing import Any

from django.db.migrations.exceptions import InconsistentMigrationHistory

from accounts.errors import Conflict
from accounts.words import counted
from cashback.services.instance_migration.cures import cures
from cashback.services.instance_migration.expected import APP, LENDING, Expected
from operations.backup.contents import table_names
from operations.instances import in_words, require_there
from operations.reading import reading
from operations.table_shape import differences, in_few_words


class NotReady(Conflict):
    """The instance is in a state in which the tables cannot be made."""

    code = "not_ready"


@dataclass(frozen=True, slots=True)
class TableFound:
    """One table that cashback needs: not there (`rows` is None), there, or there and another one."""

    name: str
    rows: int | None
    differences: list[str]

    @property
    def is_there(self) -> bool:
        """Whether a table of this name stands there, ours or not."""
        return self.rows is not None


@dataclass(frozen=True, slots=True)
class Look:
    """What was found: the six, the supporting tables, the rows of all others, and the migrations that are lacking."""

    using: str
    six: list[TableFound]
    supporting: list[TableFound]
    others: dict[str, int]
    applied: list[str]
    to_apply: list[str]
    to_apply_before: list[str]
    unknown: list[str]
    history_problem: str
    cures: list[str]

    @property
    def tables(self) -> list[TableFound]:
        """The six and the supporting ones."""
        return [*self.six, *self.supporting]

    @property
    def to_create(self) -> list[TableFound]:
        """Those that are not there."""
        return [table for table in self.tables if not table.is_there]

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to do."""
        return not self.to_create and not self.to_apply

    @property
    def problem(self) -> str:
        """Why the tables cannot be made, with the cure; empty when they can."""
        where = f"Instance '{self.using}'"
        if self.history_problem:
            return f"{where}: its record of migrations contradicts itself: {self.history_problem} Nothing was changed."
        if self.version_problem:
            return self.version_problem
        if self.to_apply_before:
            return _not_at_lending(where, self.using, self.to_apply_before)
        return _differs(where, [table for table in self.tables if table.differences], self.cures)

    @property
    def version_problem(self) -> str:
        """Why this code may not touch an instance of a newer version; empty when it is none."""
        if not self.unknown:
            return ""
        return (
            f"Instance '{self.using}' is of a newer version: it has {', '.join(self.unknown)}, which this code does not "
            "know. Nothing was changed. Run this with the newer code."
        )

    def require_ready(self) -> None:
        """Let pass an instance in which the tables can be made. *Raises* NotReady."""
        if self.problem:
            raise NotReady(self.problem)


def look_at(*, using: str, lock_seconds: float = 10) -> Look:
    """Look at an instance through a connection that cannot write and leaves no trace.

    *Raises* InstanceNotThere, InstanceFailed.
    """
    require_there(using)
    with in_words(using, lock_seconds=lock_seconds), reading(using, lock_seconds=lock_seconds) as connection:
        return look(connection)


def look(connection: Any) -> Look:
    """Look through this connection, within the transaction that it is in."""
    expected = Expected.by(connection)
    with connection.cursor() as cursor:
        there = {each.name for each in connection.introspection.get_table_list(cursor)}
        tables = set(table_names(cursor, connection.vendor))
        rows = {
            table: _rows(cursor, connection, table)
            for table in tables | (there & {*expected.six, *expected.supporting})
        }
    models = expected.models() if there & {*expected.six, *expected.supporting} else {}

    def found(table: str, name: str) -> TableFound:
        if table not in rows:
            return TableFound(table, None, [])
        is_unrecorded = table in expected.supporting and not expected.is_made(name)
        unlike = (
            ["the migration that makes it is not recorded"] if is_unrecorded else differences(connection, models[table])
        )
        return TableFound(table, rows[table], unlike)

    six = [found(*each) for each in expected.six.items()]
    supporting = [found(*each) for each in expected.supporting.items()]
    unlike = {table.name: table.differences for table in [*six, *supporting] if table.differences}
    return Look(
        using=connection.alias,
        six=six,
        supporting=supporting,
        others={table: rows[table] for table in sorted(tables - {*expected.six, *expected.supporting})},
        applied=[f"{app}.{name}" for app, name in expected.applied],
        to_apply=expected.to_apply,
        to_apply_before=expected.to_apply_before,
        unknown=expected.unknown,
        history_problem=_history_problem(expected, connection),
        cures=cures(connection, unlike, models, rows) if unlike else [],
    )


def _rows(cursor: Any, connection: Any, table: str) -> int:
    cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name of the catalogue
    return int(cursor.fetchone()[0])


def _history_problem(expected: Expected, connection: Any) -> str:
    try:
        expected.executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        return str(error)
    return ""


def _not_at_lending(where: str, using: str, lacking: list[str]) -> str:
    by_app: dict[str, list[str]] = {}
    for each in lacking:
        by_app.setdefault(each.partition(".")[0], []).append(each)
    named = ", ".join(each[0] + (f" and {len(each) - 1} more" if each[1:] else "") for each in by_app.values())
    targets = [f"manage.py migrate --database {using} {app}" for app in by_app if app != APP]
    if ".".join(LENDING) in lacking:
        targets.append(f"manage.py migrate --database {using} {' '.join(LENDING)}")
    return (
        f"{where} is not at the lending migration ({'.'.join(LENDING)}) of this version: it lacks "
        f"{counted(len(lacking), 'migrations')}: {named}. Nothing was changed. "
        f"First: {'; '.join(targets)}; then run this again."
    )


def _differs(where: str, tables: list[TableFound], statements: list[str]) -> str:
    if not tables:
        return ""
    many = "a table differs from the one" if len(tables) == 1 else f"{len(tables)} tables differ from those"
    lines = [f"{where}: {many} of this version. Nothing was changed."]
    lines += [
        f"{table.name} ({counted(table.rows or 0, 'rows')}): {in_few_words(table.differences)}" for table in tables
    ]
    lines += ["Make room by hand, with the application stopped and after a backup:"]
    lines += [f"  {statement}" for statement in statements]
    is_kept = any(" AS SELECT " in statement for statement in statements)
    lines += ["Then run this again" + (", and carry over the rows that were copied." if is_kept else ".")]
    return "\n  ".join(lines)
