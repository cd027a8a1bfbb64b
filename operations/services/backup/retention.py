"""Old backups are removed here, and never the last ones."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from operations.backup.manifest import SUFFIX, BackupUnreadable, Manifest, manifest_path, read_manifest
from operations.models import BackupRecord


def remove_old_backups(*, using: str, now: datetime, keep_days: int, keep_at_least: int) -> list[Path]:
    """Remove whole backups of this database older than `keep_days`, but keep the newest `keep_at_least` and the newest
    verified one, however old. Files without a manifest of ours, and backups of single tables, are left alone.

    Answers the removed files.
    """
    saved = sorted(_whole_backups(using), key=lambda pair: pair[1].created_at, reverse=True)
    proved = set(BackupRecord.objects.filter(verified_at__isnull=False).values_list("checksum", flat=True))
    last_proved = next((file for file, manifest in saved if manifest.sha256 in proved), None)
    border = now - timedelta(days=keep_days)
    old = [
        file
        for file, manifest in saved[keep_at_least:]
        if datetime.fromisoformat(manifest.created_at) < border and file != last_proved
    ]
    for file in old:
        file.unlink(missing_ok=True)
        manifest_path(file).unlink(missing_ok=True)
    return old


def _whole_backups(using: str) -> list[tuple[Path, Manifest]]:
    found = []
    for path in Path(settings.BACKUP_DIR).glob(f"*{SUFFIX}"):
        file = path.with_name(path.name.removesuffix(SUFFIX))
        try:
            manifest = read_manifest(file)
        except BackupUnreadable:
            continue
        if manifest.database == using and not manifest.is_partial:
            found.append((file, manifest))
    return found
