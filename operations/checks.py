"""System checks of a database: what `manage.py check --database default` (and `migrate`) warns about."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register

from operations.append_only import missing_triggers


@register(Tags.database)
def check_append_only_triggers(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of append-only tables that the database does not protect.

    A warning and not an error, because `migrate`, the cure, refuses to start on errors.
    """
    return [
        Warning(
            f"{table} is append-only, but its trigger {trigger} is missing in database '{alias}': rows could be changed.",
            hint=f"Run `manage.py migrate --database {alias}`: it puts up whatever is missing.",
            id="operations.W001",
        )
        for alias in databases or ()
        for table, trigger in missing_triggers(alias)
    ]
