"""The file of doubtful links: one block for each case, with every line of the customer and what speaks for and against it.

It is made of what the database keeps. So it grows after every batch, is the same in a dry run and in the execution, and is whole
again when a run that was killed is resumed.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from operations.management.targets import Refused
from operations.models import BackfillFinding, BackfillRun
from subscriptions.backfills.plan_subscription_subscriber import UNCLEAR
from subscriptions.rules.line_link import FIRST_ACTIVE, REASONS

IN_THE_FILE = (*sorted(UNCLEAR), FIRST_ACTIVE)
FACTS = ("status", "service_type", "download_kbps", "activated_on", "terminated_on", "created_at")


class CaseFile:
    """An open file of cases. *Raises* Refused when the path cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_finding = 0
        try:
            self.file: TextIO = path.open("a", encoding="utf-8")  # an earlier run's cases stay until this one begins
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}. Name another --log-file. Nothing was done.") from error
        self.is_begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def add(self, subscription_id: str, kind: str, detail: Mapping[str, Any]) -> None:
        """Write one case."""
        self._begin()
        self.file.write("\n".join(block(subscription_id, kind, detail)) + "\n\n")

    def catch_up(self, run: BackfillRun, using: str) -> None:
        """Write the cases that the run has recorded since the last time; from the first one when this is the first time."""
        self._begin()
        cases = BackfillFinding.objects.using(using).filter(run=run, kind__in=IN_THE_FILE, pk__gt=self.last_finding)
        for finding in cases.order_by("row_id").iterator(chunk_size=1000):  # as a dry run comes to them
            self.add(finding.row_id, finding.kind, finding.detail)
            self.last_finding = max(self.last_finding, finding.pk)
        self.flush()

    def flush(self) -> None:
        """See that what was written is on the disk."""
        self._begin()
        self.file.flush()
        os.fsync(self.file.fileno())

    def _begin(self) -> None:
        if not self.is_begun:
            self.is_begun = True
            if self.path.is_file():  # a pipe has nothing to empty
                self.file.truncate(0)


def block(subscription_id: str, kind: str, detail: Mapping[str, Any]) -> Iterable[str]:
    """One case in lines."""
    chosen, rejected = detail["chosen"], detail["rejected"]
    yield f"Subscription {subscription_id}: {'first active line taken' if kind == FIRST_ACTIVE else REASONS[kind]}"
    yield f"  customer:    {detail['customer_id']}"
    yield f"  tenant:      {detail['tenant_id']}"
    yield f"  plan:        {detail['plan_download_kbps']} kbps from {detail['first_day']} to {detail['last_day'] or 'open'}"
    yield f"  subscribers: {len(rejected) + bool(chosen)}"
    yield f"  chosen:      {_line(chosen) if chosen else 'none, waits for a person'}"
    for line in rejected:
        yield f"  rejected:    {_line(line)}"


def _line(facts: Mapping[str, Any]) -> str:
    known = ", ".join(f"{name} {facts[name]}" for name in FACTS if facts[name] is not None)
    said = "; ".join([*facts["signs"], *([facts["why_not"]] if facts["why_not"] else [])])
    return f"{facts['subscriber_id']} ({facts['username']}): {known}{f' [{said}]' if said else ''}"
