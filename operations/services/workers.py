"""Signs of life of background workers: a worker that takes jobs says so every minute."""

from datetime import datetime, timedelta

from operations.models import WorkerSign

FORGOTTEN_AFTER = timedelta(days=1)


def say_alive(*, name: str, now: datetime) -> None:
    """Note that this worker was alive now; hosts that went away for good are forgotten after a day."""
    WorkerSign.objects.update_or_create(name=name[:120], defaults={"seen_at": now})
    WorkerSign.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
