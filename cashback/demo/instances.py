"""Instances of the lender's old system: databases with its people, loans and trackers, as they were before cashback came.

They are what `migrate_cashback_tables` is practised on. One is built for each SQLite file that INSTANCE_DATABASE_URLS names and
that is not there yet; one that is there is left alone, whatever it holds.
"""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from accounts.demo.people import LENDER, load_people
from accounts.models import Tenant
from cashback.demo.lending import load_lending
from operations.demo import demo

BEFORE_CASHBACK = ("cashback", "0001_lending")


@demo(order=90, apart=True)
def load_instances(*, size: str, seed: int, using: str, ids: str, say: Any, **_: Any) -> None:
    """Build the instances that are missing, beside the small demo of the default database."""
    if size != "small" or using != DEFAULT_DB_ALIAS:
        return
    empty: Path | None = None
    for number, alias in enumerate(missing_instances()):
        file = Path(str(connections[alias].settings_dict["NAME"]))
        file.parent.mkdir(parents=True, exist_ok=True)
        if empty is None:
            migrate_before_cashback(alias)
        else:
            shutil.copyfile(empty, file)
        connections[alias].close()
        empty = empty or _copied(file)
        fill_instance(alias, seed=seed + number, ids=ids)
        connections[alias].close()
        say(f"instance {alias}: {file}")
    if empty:
        empty.unlink()


def missing_instances() -> list[str]:
    """Name the instances that are SQLite files and are not there yet."""
    others = [alias for alias in settings.DATABASES if alias != DEFAULT_DB_ALIAS]
    return [
        alias
        for alias in others
        if connections[alias].vendor == "sqlite" and not Path(str(connections[alias].settings_dict["NAME"])).exists()
    ]


def migrate_before_cashback(alias: str) -> None:
    """Bring a database to where every app is complete, but for the tables of cashback."""
    executor = MigrationExecutor(connections[alias])
    others = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] != BEFORE_CASHBACK[0]]
    state = executor.migrate([*others, BEFORE_CASHBACK])
    state.clear_delayed_apps_cache()
    emit_post_migrate_signal(verbosity=0, interactive=False, db=alias, apps=state.apps, plan=[])


def fill_instance(alias: str, *, seed: int, ids: str) -> None:
    """Write the lender's people and what they borrowed."""
    quiet = lambda text: None  # noqa: E731 - what it would say is said once for the whole instance
    load_people(size=LENDER, seed=seed, using=alias, ids=ids, payments=0, say=quiet)
    load_lending(Tenant.objects.using(alias).get(slug=LENDER), seed=seed, using=alias, ids=ids)


def _copied(file: Path) -> Path:
    copy = file.with_name(f".{file.name}.empty")
    shutil.copyfile(file, copy)
    return copy
