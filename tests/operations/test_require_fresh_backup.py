"""A setting may demand a verified backup, younger than N hours, before stored data is changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations.models import BackupRecord
from operations.services.backup import BackupTooOld, require_fresh_backup

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

NOW = timezone.now()


def a_backup(*, hours_old: float, verified: bool = True, partial: bool = False, database: str = "default") -> None:
    BackupRecord.objects.create(
        database=database,
        file_name="default.dump",
        checksum="0" * 64,
        manifest={"is_partial": partial},
        created_at=NOW - timedelta(hours=hours_old),
        verified_at=NOW if verified else None,
    )


def test_nothing_is_demanded_by_default() -> None:
    require_fresh_backup(using="default", now=NOW)


def test_a_verified_backup_young_enough_is_accepted(settings) -> None:
    settings.BACKUP_MAX_AGE_HOURS = 24
    a_backup(hours_old=23)
    require_fresh_backup(using="default", now=NOW)


def test_without_any_backup_the_cure_is_named(settings) -> None:
    settings.BACKUP_MAX_AGE_HOURS = 24
    with pytest.raises(BackupTooOld, match=r"There is none.*backup_database.*verify_backup FILE"):
        require_fresh_backup(using="default", now=NOW)


@pytest.mark.parametrize(
    "unfit",
    [
        {"hours_old": 25},
        {"hours_old": 1, "verified": False},
        {"hours_old": 1, "partial": True},
        {"hours_old": 1, "database": "north"},
    ],
)
def test_an_old_unverified_partial_or_foreign_backup_does_not_do(settings, unfit: dict) -> None:
    settings.BACKUP_MAX_AGE_HOURS = 24
    a_backup(**unfit)
    with pytest.raises(BackupTooOld, match="younger than 24 hours"):
        require_fresh_backup(using="default", now=NOW)
