"""The backup of every day: made, proved by really restoring it, and only then may old ones go."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import mail_admins
from django.db import DEFAULT_DB_ALIAS, Error

from accounts.errors import Conflict, DomainError
from operations.instances import require_there
from operations.services.backup.make import backup_database
from operations.services.backup.retention import remove_old_backups
from operations.services.backup.verify import verify_backup

log = logging.getLogger("roundsman.backup")

KEEP_AT_LEAST = 3


class BackupNotGood(Conflict):
    """The backup that was just made does not restore to what was saved."""

    code = "backup_not_good"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and proved, and the old ones that went."""

    file: Path
    seconds: float
    removed: list[Path]


def daily_backup(*, using: str, now: datetime) -> Made:
    """Back a database up, restore it as a proof, and remove what is older than BACKUP_KEEP_DAYS.

    A backup that is not good removes nothing. *Raises* BackupNotGood, and what `backup_database` and `verify_backup` raise.
    """
    file, _ = backup_database(using=using, now=now)
    proof = verify_backup(file=file, using=using, now=now)
    if proof.differences:
        raise BackupNotGood(
            f"{file.name} does not restore completely: {'; '.join(proof.differences[:3])}. Make another."
        )
    removed = remove_old_backups(using=using, now=now, keep_days=settings.BACKUP_KEEP_DAYS, keep_at_least=KEEP_AT_LEAST)
    log.info("backup_made", extra={"database": using, "file": file.name, "removed": len(removed)})
    return Made(file, proof.seconds, removed)


def daily_backups(*, now: datetime) -> dict[str, str]:
    """Back up every database of this installation; one that fails is logged and mailed, and stops none of the others.

    Answers by database: the file, or what went wrong.
    """
    return {alias: _told(alias, now) for alias in settings.DATABASES}


def _told(alias: str, now: datetime) -> str:
    try:
        if alias != DEFAULT_DB_ALIAS:
            require_there(alias)  # a look for its rows would make the file
        return daily_backup(using=alias, now=now).file.name
    except (DomainError, Error, OSError) as error:
        log.exception("backup_failed", extra={"database": alias})
        words = f"The daily backup of database '{alias}' failed: {error}"
        try:
            mail_admins(
                f"No backup of '{alias}' today", f"{words}\n\nBy hand: manage.py backup_database {alias} --verify"
            )
        except OSError:
            log.exception("alarm_mail_failed")
        return words
