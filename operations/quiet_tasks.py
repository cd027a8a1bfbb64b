"""Background jobs under maintenance: a job that writes is skipped, says why, and leaves a line on the Health page.

Every task is one of these (`config.celery`). What may go on says so: `@shared_task(..., goes_on_in_maintenance=True)`: backfills,
checks and backups, which operators want then most of all. Any other task is skipped while all businesses are frozen. One that
works for a single business names it as `tenant_id=…`, or says in `tenant_of` how it is found, and is skipped while that one is;
one that walks over all businesses leaves out those of `maintenance_going_on()`. The schedule brings a skipped job again; what
waits in a table (an operation in bulk) is sent again by it once nothing holds it back (`subscriptions.resume_invoicings`).
"""

import logging
from typing import Any

from celery import Task
from django.utils import timezone

from accounts.models import RefusedWrite
from operations.models import Maintenance
from operations.selectors.maintenance import find_maintenance, frozen_words

log = logging.getLogger("roundsman.worker")


class QuietTask(Task):
    """A task that keeps still while the writes that it would make are frozen."""

    abstract = True
    goes_on_in_maintenance = False

    def tenant_of(self, *args: Any, **kwargs: Any) -> Any:
        """The business that the job is for, if it is for one; a task whose arguments say it otherwise has its own."""
        return kwargs.get("tenant_id")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the job, or skip it and say why."""
        if not self.goes_on_in_maintenance:
            row = find_maintenance(self.tenant_of(*args, **kwargs))
            if row is not None:
                return self.skip(row)
        return super().__call__(*args, **kwargs)

    def skip(self, row: Maintenance) -> None:
        """Leave the job undone, with a line for the office and one for the log."""
        words = f"The background job was skipped. {frozen_words(row, timezone.now())}"
        RefusedWrite.objects.create(tenant=row.tenant, service=self.name[:80], code="maintenance", message=words)
        log.warning("task_skipped", extra={"task": self.name, "why": row.reason, "maintenance": str(row.pk)})
