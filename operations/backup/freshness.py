"""A verified backup may be demanded before stored data is changed (BACKUP_MAX_AGE_HOURS; 0: it is not)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from accounts.errors import Conflict
from operations.models import BackupRecord


class BackupTooOld(Conflict):
    """There is no verified backup that is young enough."""

    code = "backup_too_old"


def require_fresh_backup(*, using: str, now: datetime) -> None:
    """Refuse unless a whole, verified backup of this database was taken in the last BACKUP_MAX_AGE_HOURS.

    *Raises* BackupTooOld, with the two commands that cure it.
    """
    hours = settings.BACKUP_MAX_AGE_HOURS
    if not hours:
        return
    newest = find_verified_backup(using)
    if newest and newest.created_at >= now - timedelta(hours=hours):
        return
    last = f"The last one is of {newest.created_at:%Y-%m-%d %H:%M %Z}" if newest else "There is none"
    instance = "" if using == DEFAULT_DB_ALIAS else f" {using}"
    raise BackupTooOld(
        f"Database '{using}' needs a verified backup younger than {hours} hours (BACKUP_MAX_AGE_HOURS). {last}. "
        f"Run `manage.py backup_database{instance}`, then `manage.py verify_backup FILE`."
    )


def find_verified_backup(using: str) -> BackupRecord | None:
    """Find the youngest whole backup of this database that was restored once."""
    verified = BackupRecord.objects.filter(database=using, verified_at__isnull=False, manifest__is_partial=False)
    return verified.order_by("-created_at").first()
