"""Which database and which tenant a command was told to work on, and its refusal (exit 2) when that is not possible."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management import CommandError
from django.db import DEFAULT_DB_ALIAS, Error, connections

from accounts.models import Tenant
from accounts.words import counted
from operations.schema import missing_migrations


class Refused(CommandError):
    """The command did not start: exit 2. The message says what, where and the cure."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)


def add_database_argument(parser: ArgumentParser) -> None:
    """Offer `--database ALIAS`."""
    parser.add_argument(
        "--database", default=DEFAULT_DB_ALIAS, metavar="ALIAS", help="Which database, by name (default: default)."
    )


def add_tenant_argument(parser: ArgumentParser) -> None:
    """Offer `--tenant SLUG`."""
    parser.add_argument("--tenant", metavar="SLUG", help="Only this tenant (default: all).")


def require_database(alias: str, *, migrated: bool = True) -> str:
    """Return the alias of a known database that answers (and has every migration), or refuse."""
    if alias not in connections:
        known = ", ".join(sorted(connections))
        raise Refused(f"Unknown database '{alias}'. Known: {known}. Name more in INSTANCE_DATABASE_URLS.")
    connection = connections[alias]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and "memory" not in name and not Path(name).exists():
        raise Refused(f"Database '{alias}': there is no file {name}. Run `manage.py migrate` or correct DATABASE_URL.")
    try:
        connection.ensure_connection()
        missing = missing_migrations(alias) if migrated else []
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        raise Refused(f"Database '{alias}' does not answer: {reason}. Check that it runs and its address.") from error
    if missing:
        raise Refused(
            f"Database '{alias}' lacks {counted(len(missing), 'migrations')}, the first is {missing[0]}. "
            f"Run `manage.py {_command_that_makes(missing, alias)}` first."
        )
    return alias


def _command_that_makes(missing: list[str], alias: str) -> str:
    """Cashback comes to an instance with a backup and a proof that nothing else changed, which `migrate` alone leaves out."""
    if alias != DEFAULT_DB_ALIAS and all(name.startswith("cashback.") for name in missing):
        return f"migrate_cashback_tables {alias}"
    return f"migrate --database {alias}"


def require_tenant(slug: str | None, *, using: str) -> Tenant | None:
    """Return the tenant with this slug (None: all tenants), or refuse naming the known ones."""
    if slug is None:
        return None
    tenants = Tenant.objects.using(using)
    tenant = tenants.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(tenants.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise Refused(f"Unknown tenant '{slug}' in database '{using}'. Known: {known}.")
    return tenant
