"""Signs of life of background workers: each one that runs says so every minute (`operations.worker_life`)."""

from datetime import datetime, timedelta

from operations.models import WorkerSign

FORGOTTEN_AFTER = timedelta(days=1)


def say_alive(*, name: str, now: datetime) -> None:
    """Note that this worker was alive now; workers that went away for good are forgotten after a day."""
    WorkerSign.objects.update_or_create(name=name[:120], defaults={"seen_at": now})
    WorkerSign.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()


def say_goodbye(*, name: str) -> None:
    """Forget a worker that was stopped in order: only one that fell silent is dead."""
    WorkerSign.objects.filter(name=name[:120]).delete()
