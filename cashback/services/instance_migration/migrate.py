"""The six tables come into an instance: backup, one transaction, proof."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.management import call_command

from accounts.errors import Conflict
from cashback.services.instance_migration.expected import APP, Expected
from cashback.services.instance_migration.look import Look, look, look_at
from operations.append_only import install_triggers, missing_triggers
from operations.backup.manifest import differences as content_differences
from operations.changing import changing_tables
from operations.instances import in_words, require_writable
from operations.schema import missing_migrations
from operations.services.backup.before_change import SavedBefore, backup_before
from operations.table_shape import in_few_words
from operations.untouched import Standing, new_protection, new_rows, require_untouched, standing

CHANGE = "pre_cashback"
Say = Callable[[str], None]


class NotAsMeant(Conflict):
    """What was made is not what the code expects; it was undone."""

    code = "not_as_meant"


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did: which tables it made, and the proofs that nothing else changed."""

    before: Look
    after: Look
    saved: SavedBefore | None
    untouched: Standing | None
    new_rows: dict[str, list[str]]
    protected: list[str]
    changed_since_backup: list[str]

    @property
    def created(self) -> list[str]:
        """The ones of the six that were made."""
        return [table.name for table in self.before.six if not table.is_there]

    @property
    def existed(self) -> list[str]:
        """The ones of the six that were there."""
        return [table.name for table in self.before.six if table.is_there]

    @property
    def supporting_created(self) -> list[str]:
        """The supporting tables that were made."""
        return [table.name for table in self.before.supporting if not table.is_there]


def migrate_instance(
    *,
    using: str,
    now: datetime,
    say: Say,
    on_backup: Callable[[SavedBefore], None],
    has_backup: bool = True,
    lock_seconds: float = 10,
    agreed: Callable[[Look], bool] = lambda found: True,
) -> Migrated | None:
    """Make what is missing of cashback's tables in an instance, after a verified backup, in one transaction.

    The transaction also proves that every other table is as it was, by count and checksum, and that those made are as the code
    describes them, empty, and protected. `agreed` is asked before anything is written; None: it said no.
    *Raises* NotReady, InstanceNotThere, InstanceNotWritable, InstanceFailed, SomethingElseChanged, NotAsMeant, and what a
    backup raises.
    """
    found = look_at(using=using, lock_seconds=lock_seconds)
    found.require_ready()
    if found.is_complete:
        return Migrated(found, found, None, None, {}, [], [])
    require_writable(using)
    if not agreed(found):
        return None
    with in_words(using, lock_seconds=lock_seconds):
        saved = _saved(using, now, say) if has_backup else None
        if saved:
            on_backup(saved)
        say("Creating the tables, and proving that nothing else changes")
        with changing_tables(using, lock_seconds=lock_seconds) as connection:
            return _change(connection, saved)


def _saved(using: str, now: datetime, say: Say) -> SavedBefore:
    say("Taking a backup, and restoring it as a proof")
    return backup_before(using=using, change=CHANGE, now=now)


def _change(connection: Any, saved: SavedBefore | None) -> Migrated:
    using, found = connection.alias, look(connection)  # again: another process may have been faster
    found.require_ready()
    made = {table.name for table in found.to_create}
    before = standing(connection, but=made)
    if found.to_apply:
        call_command("migrate", APP, database=using, verbosity=0, interactive=False, skip_checks=True)
    _make_again(connection, made)
    install_triggers(using)
    after, now_found = standing(connection, but=made), look(connection)
    require_untouched(before, after)
    _require_as_meant(using, now_found, made)
    return Migrated(
        before=found,
        after=now_found,
        saved=saved,
        untouched=before,
        new_rows=new_rows(before, after),
        protected=new_protection(before, after),
        changed_since_backup=_changed_since(saved, before),
    )


def _make_again(connection: Any, tables: set[str]) -> None:
    """Make those whose migration is recorded but which somebody dropped by hand."""
    missing = tables - set(connection.introspection.table_names())
    if missing:
        models = Expected.by(connection).models()
        with connection.schema_editor() as editor:
            for table in [table for table in models if table in missing]:
                editor.create_model(models[table])


def _require_as_meant(using: str, found: Look, made: set[str]) -> None:
    wrong = [f"{table.name} is not there" for table in found.to_create]
    wrong += [f"{table.name}: {in_few_words(table.differences)}" for table in found.tables if table.differences]
    wrong += [f"{table.name} is not empty" for table in found.tables if table.name in made and table.rows]
    wrong += [f"{table} lacks its trigger {trigger}" for table, trigger in missing_triggers(using)]
    wrong += [f"migration {name} is not applied" for name in missing_migrations(using)]
    if wrong:
        raise NotAsMeant(
            f"Instance '{using}': the tables would not be as this version describes them: {'; '.join(wrong[:5])}. "
            "Nothing was changed. Report this with the lines above."
        )


def _changed_since(saved: SavedBefore | None, before: Standing) -> list[str]:
    """Tables that others wrote to between the backup and the change: a restore would lose that."""
    if saved is None:
        return []
    then = {table: content for table, content in saved.manifest.tables.items() if table in before.contents}
    return [line.partition(":")[0] for line in content_differences(then, before.contents)]
