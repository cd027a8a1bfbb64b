"""The six tables and the supporting ones go again: while they are empty, or by force after a verified backup."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.migrations.recorder import MigrationRecorder

from accounts.errors import Conflict
from accounts.words import counted
from cashback.services.instance_migration.expected import Expected
from cashback.services.instance_migration.look import Look, NotReady, look, look_at
from operations.changing import changing_tables
from operations.instances import in_words, require_writable
from operations.services.backup.before_change import SavedBefore, backup_before
from operations.table_shape import in_few_words
from operations.untouched import Standing, require_untouched, standing

CHANGE = "pre_roll_back"


class TablesHoldRows(Conflict):
    """Tables that are to go hold rows."""

    code = "tables_hold_rows"


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a roll-back dropped, how many rows went with it, and the backup that holds them."""

    before: Look
    saved: SavedBefore | None
    untouched: Standing | None

    @property
    def dropped(self) -> list[str]:
        """The ones of the six that were dropped."""
        return [table.name for table in self.before.six if table.is_there]

    @property
    def supporting_dropped(self) -> list[str]:
        """The supporting tables that were dropped."""
        return [table.name for table in self.before.supporting if table.is_there]


def roll_back_instance(
    *,
    using: str,
    now: datetime,
    say: Callable[[str], None],
    on_backup: Callable[[SavedBefore], None],
    is_forced: bool = False,
    lock_seconds: float = 10,
    agreed: Callable[[Look], bool] = lambda found: True,
) -> RolledBack | None:
    """Drop cashback's tables from an instance and take their migrations out of its record, in one transaction.

    With rows in any of them only by force, and then after a verified backup. All other tables are proved unchanged. `agreed` is
    asked before anything is written; None: it said no.
    *Raises* TablesHoldRows, NotReady, InstanceNotThere, InstanceNotWritable, InstanceFailed, SomethingElseChanged, and
    what a backup raises.
    """
    found = look_at(using=using, lock_seconds=lock_seconds)
    require_may_go(found, is_forced=is_forced)
    if is_gone(found):
        return RolledBack(found, None, None)
    require_writable(using)
    if not agreed(found):
        return None
    with in_words(using, lock_seconds=lock_seconds):
        saved = None
        if is_forced:
            say("Taking a backup, and restoring it as a proof")
            saved = backup_before(using=using, change=CHANGE, now=now)
            on_backup(saved)
        say("Dropping the tables, and proving that nothing else changes")
        there = tuple(table.name for table in found.tables if table.is_there)
        with changing_tables(using, lock_seconds=lock_seconds, locked=there) as connection:
            return _change(connection, saved, is_forced=is_forced)


def require_may_go(found: Look, *, is_forced: bool) -> None:
    """Let pass tables of this version that are empty, or, by force, whatever they hold. *Raises* NotReady, TablesHoldRows."""
    if found.version_problem:
        raise NotReady(found.version_problem)
    if not is_forced:
        _require_empty(found)


def is_gone(found: Look) -> bool:
    """Whether none of the tables stands there, and none of their migrations is recorded."""
    return not found.applied and not any(table.is_there for table in found.tables)


def _require_empty(found: Look) -> None:
    filled = [table for table in found.tables if table.rows]
    strange = [table for table in found.tables if table.differences]
    if filled or strange:
        said = [f"{table.name} holds {counted(table.rows or 0, 'rows')}" for table in filled]
        said += [
            f"{table.name} is not as this version made it ({in_few_words(table.differences)})" for table in strange
        ]
        raise TablesHoldRows(
            f"Instance '{found.using}': {'; '.join(said)}. Nothing was dropped. To drop them with what they hold, after a "
            "backup that is proved, say --force; or stay, and switch cashback off by not configuring it."
        )


def _change(connection: Any, saved: SavedBefore | None, *, is_forced: bool) -> RolledBack:
    found = look(connection)  # again, now that nobody else writes there
    if not is_forced:
        _require_empty(found)
    going = [table.name for table in found.tables if table.is_there]
    before, expected = standing(connection, but=going), Expected.by(connection)
    with connection.schema_editor() as editor:
        for table in going:
            editor.execute(editor.sql_delete_table % {"table": editor.quote_name(table)})
    recorder = MigrationRecorder(connection)
    for app, name in expected.applied:
        recorder.record_unapplied(app, name)
    require_untouched(before, standing(connection, but=going), may_go=found.applied)
    return RolledBack(found, saved, before)
