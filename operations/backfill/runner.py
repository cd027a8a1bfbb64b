"""The loop: batch after batch until the end, a pause, or a failure that a person must see."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction

from accounts import audit
from operations.backfill.batch import Fenced, Outcome, Work, after, lock_run, run_batch
from operations.backfill.control import Control
from operations.backfill.findings import QUARANTINED, record_quarantined
from operations.backfill.garbage import collected_seldom
from operations.backfill.pace import Pace
from operations.backfill.progress import note_progress
from operations.backfill.sql import refresh_statistics
from operations.backfill.verify import Verified, left_to_write, not_seen, remaining, verify
from operations.models import BackfillChange, BackfillFinding, BackfillRun, BackfillTableLock

log = logging.getLogger("roundsman.backfill")

TRANSIENT = {"40001", "40P01", "55P03", "57014"}  # serialization, deadlock, lock timeout, statement timeout
TRIES = 3
MOST_WALKS = 3
MOST_SET_ASIDE_IN_A_ROW = 50  # beyond it is not the rows that are bad
SQLITE_REST_SECONDS = 0.15  # one writer at a time: let the others in

OnBatch = Callable[[BackfillRun, Outcome], None]


@dataclass(slots=True)
class Runner:
    """Works on one run that this process has claimed."""

    work: Work
    control: Control
    pace: Pace
    on_batch: OnBatch = lambda run, outcome: None
    failures: int = 0
    set_aside_in_a_row: int = 0

    @property
    def using(self) -> str:
        return self.work.plan.scope.using

    def run(self) -> BackfillRun:
        """Go on until the end or a stop; returns the run as it then stands."""
        with audit.acting(backfill_run=self.work.run_id), self.control.listening(), collected_seldom():
            log.info(
                "run_started", extra={"backfill": self.work.plan.backfill.name, "generation": self.work.generation}
            )
            try:
                return self._to_its_end()
            except Fenced as fenced:
                log.info("run_fenced", extra={"status": fenced.status})
                return self._current()

    def _to_its_end(self) -> BackfillRun:
        try:
            refresh_statistics((BackfillChange, BackfillFinding), self.using)
            return self._loop()
        except Fenced:
            raise
        except KeyboardInterrupt:
            return self.stop(BackfillRun.Status.PAUSED, stop_reason="stopped from the keyboard in mid-batch")
        except Exception as error:
            log.exception("run_failed")
            return self.stop(BackfillRun.Status.FAILED, error=f"{type(error).__name__}: {error}")

    def _loop(self) -> BackfillRun:
        while True:
            reason = self.control.reason_to_stop()
            if reason:
                return self.stop(BackfillRun.Status.PAUSED, stop_reason=reason)
            outcome = self._next_batch()
            if outcome is None:
                continue
            run = note_progress(self.work, outcome, self.pace, self.control.clock())
            self.on_batch(run, outcome)
            if outcome.is_last:
                left = None if self.work.limit is not None else remaining(self.work.plan, run)
                if not self._walk_again(run, left):
                    return self.finish(run, left)
            if self.work.limit is not None and run.counts.get("written", 0) >= self.work.limit:
                return self.finish(run)
            self._rest(outcome)

    def _walk_again(self, run: BackfillRun, left: list[Verified] | None) -> bool:
        """Start over when rows behind the cursor have become candidates meanwhile; a few times, not for ever."""
        if left is None or all(result.holds for result in left) or run.counts.get("walk", 1) >= MOST_WALKS:
            return False
        with transaction.atomic(using=self.using, durable=True):
            run = lock_run(self.work)
            run.counts = {**run.counts, "walk": run.counts.get("walk", 1) + 1}
            run.cursor = ""
            run.save(update_fields=["counts", "cursor"])
        return True

    def _next_batch(self) -> Outcome | None:
        """Do one batch; on a failure split the window, quarantine a row that fails alone, and return None."""
        size = self.pace.size
        try:
            outcome = run_batch(self.work, size, self.control.clock())
        except Fenced:
            raise
        except (OperationalError, InterfaceError) as error:
            self._wait_or_split(error, size)
            return None
        except Exception as error:
            self._split(error, size)
            return None
        self.failures = 0
        self.set_aside_in_a_row = 0 if outcome.written else self.set_aside_in_a_row
        self.pace.succeeded(outcome.seconds)
        log.info(
            "batch", extra={"keys": outcome.keys, "written": outcome.written, "seconds": round(outcome.seconds, 3)}
        )
        if outcome.findings:
            log.info("finding", extra={"rows": outcome.findings})
        return outcome

    def _wait_or_split(self, error: OperationalError | InterfaceError, size: int) -> None:
        """Try a transient failure again after a moment; split when it persists; give up when the connection is gone."""
        self.failures += 1
        sqlstate = getattr(error.__cause__, "sqlstate", None)
        is_busy = sqlstate in TRANSIENT or "locked" in str(error)
        log.warning("batch_failed", extra={"error": str(error).strip(), "try": self.failures, "keys": size})
        if not is_busy:
            connections[self.using].close()
            if self.failures > TRIES:
                raise error
        elif self.failures >= TRIES or sqlstate == "57014":
            self._split(error, size)
            return
        time.sleep(random.uniform(0.1, 0.3) * 2**self.failures)  # noqa: S311 - jitter, not a secret

    def _split(self, error: BaseException, size: int) -> None:
        self.failures = 0
        if size > 1:
            self.pace.failed(size)
        else:
            self._quarantine(error)

    def _quarantine(self, error: BaseException) -> None:
        """Set the one row aside that cannot be written, say so, and step over it. When every row fails, fail as a whole."""
        self.set_aside_in_a_row += 1
        if self.set_aside_in_a_row > MOST_SET_ASIDE_IN_A_ROW:
            raise error
        with transaction.atomic(using=self.using, durable=True):
            run = lock_run(self.work)
            key = after(self.work.plan, run.cursor).first()
            if key is None:
                raise error
            is_first = run.counts.get("walk", 1) == 1  # later walks have counted their keys
            is_new = not run.findings.filter(kind=QUARANTINED, row_id=str(key)).exists()
            record_quarantined(self.work.plan, run, key, error)
            run.counts = {
                **run.counts,
                "keys": run.counts.get("keys", 0) + is_first,
                "quarantined": run.counts.get("quarantined", 0) + is_new,
            }
            run.cursor = str(key)
            run.heartbeat_at = self.control.clock()
            run.save(update_fields=["counts", "cursor", "heartbeat_at"])
        log.error("row_quarantined", extra={"row_id": str(key), "error": str(error).strip()})
        self.pace.succeeded(0)

    def _rest(self, outcome: Outcome) -> None:
        rest = outcome.seconds * self.control.nice
        if connections[self.using].vendor == "sqlite":
            rest = max(rest, SQLITE_REST_SECONDS)
        until = time.monotonic() + rest
        while not self.control.interrupted and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def finish(self, run: BackfillRun, left_over: list[Verified] | None = None) -> BackfillRun:
        """Verify, and succeed only when every check holds."""
        self.work.plan.backfill.finishing(self.work.plan, run)
        self._count_what_remains(run)
        results = verify(self.work.plan, run, allowed_left=self._allowed_left(run), just_seen=left_over)
        broken = [result for result in results if not result.holds]
        status = BackfillRun.Status.FAILED if broken else BackfillRun.Status.SUCCEEDED
        error = "; ".join(f"{result.check}: found {result.found}, expected {result.expected}" for result in broken)
        return self.stop(status, error=error, verification=results)

    def _count_what_remains(self, run: BackfillRun) -> None:
        """Say what the run leaves: rows behind its --limit, or candidates that others had changed before it came to them."""
        verdicts = dict(run.counts.get("verdicts", {}))
        if self.work.limit is not None and run.counts.get("written", 0) >= self.work.limit:
            verdicts["over_limit"] = self._left_behind_limit(run, verdicts)
        else:
            verdicts["changed_meanwhile"] = not_seen({**run.counts, "verdicts": {**verdicts, "changed_meanwhile": 0}})
        run.counts = {**run.counts, "verdicts": {name: number for name, number in verdicts.items() if number}}
        with transaction.atomic(using=self.using, durable=True):
            locked = lock_run(self.work)
            locked.counts = run.counts
            locked.save(update_fields=["counts"])

    def _left_behind_limit(self, run: BackfillRun, verdicts: dict[str, int]) -> int:
        plan = self.work.plan
        if not plan.backfill.decides_in_python:
            return left_to_write(plan, run)
        undecided = plan.candidates().filter(pk__in=after(plan, run.cursor))
        return verdicts.get("over_limit", 0) + undecided.count()

    def _allowed_left(self, run: BackfillRun) -> int:
        """Rows that may still wait at the end: any number behind a --limit, otherwise none."""
        return run.counts.get("population", {}).get("candidates", 0) if self.work.limit is not None else 0

    def stop(
        self, status: str, *, stop_reason: str = "", error: str = "", verification: list[Verified] | None = None
    ) -> BackfillRun:
        """Write the run's end (or pause) and give back its tables, if it is still this worker's."""
        now = self.control.clock()
        with transaction.atomic(using=self.using, durable=True):
            run = lock_run(self.work)
            run.status, run.stop_reason, run.error, run.heartbeat_at = status, stop_reason, error, now
            if verification is not None:
                run.verification = [result.as_json() for result in verification]
            if not run.is_active:
                run.finished_at = now
                BackfillTableLock.objects.using(self.using).filter(run=run).delete()
            run.save()
            self.work.plan.backfill.stopped(run, now)
        log.info("run_ended", extra={"status": status, "reason": stop_reason, "error": error, "counts": run.counts})
        return run

    def _current(self) -> Any:
        return BackfillRun.objects.using(self.using).get(pk=self.work.run_id)
