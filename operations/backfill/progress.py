"""Progress, honestly: rows per second of the last minute, and the time left as a range."""

from datetime import datetime
from typing import Any

from operations.backfill.batch import Outcome, Work
from operations.backfill.pace import Pace
from operations.models import BackfillRun

WINDOW_SECONDS = 60
MOST_SAMPLES = 30


def note_progress(work: Work, outcome: Outcome, pace: Pace, now: datetime) -> BackfillRun:
    """Add a sample of the pace to the run's progress, and return the run.

    A separate small write: losing it loses nothing but a point of a curve.
    """
    runs = BackfillRun.objects.using(work.plan.scope.using).filter(pk=work.run_id, generation=work.generation)
    run = BackfillRun.objects.using(work.plan.scope.using).get(pk=work.run_id)
    samples = [*run.progress.get("samples", []), {"at": now.timestamp(), "keys": run.counts.get("keys", 0)}]
    recent = [sample for sample in samples if now.timestamp() - sample["at"] <= WINDOW_SECONDS][-MOST_SAMPLES:]
    run.progress = {
        "samples": recent,
        "batch_size": pace.size,
        "batch_size_reason": pace.reason,
        "last_batch_seconds": round(outcome.seconds, 3),
    }
    runs.update(progress=run.progress)
    return run


def rate(progress: dict[str, Any]) -> float:
    """Keys per second over the last minute; 0 while unknown.

    >>> rate({"samples": [{"at": 100.0, "keys": 0}, {"at": 110.0, "keys": 500}]})
    50.0
    """
    samples = progress.get("samples", [])
    if len(samples) < 2:
        return 0.0
    seconds = samples[-1]["at"] - samples[0]["at"]
    return (samples[-1]["keys"] - samples[0]["keys"]) / seconds if seconds > 0 else 0.0


def seconds_left(progress: dict[str, Any], keys_left: int) -> tuple[float, float] | None:
    """The time left as a range, from the fastest and the slowest stretch of the last minute; None while unknown.

    >>> samples = [{"at": 0.0, "keys": 0}, {"at": 1.0, "keys": 100}, {"at": 3.0, "keys": 200}]
    >>> seconds_left({"samples": samples}, 1000)
    (10.0, 20.0)
    """
    samples = progress.get("samples", [])
    rates = [
        (later["keys"] - earlier["keys"]) / (later["at"] - earlier["at"])
        for earlier, later in zip(samples, samples[1:], strict=False)
        if later["at"] > earlier["at"] and later["keys"] > earlier["keys"]
    ]
    return (keys_left / max(rates), keys_left / min(rates)) if rates else None
