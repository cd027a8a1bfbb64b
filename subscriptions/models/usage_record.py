"""Usage records: what was carried over a line, in which span of time, as the access network counted it."""

from django.db import models
from django.db.models import F, Q

from accounts.models import TenantOwned
from subscriptions.models.subscriber import Subscriber


class UsageRecord(TenantOwned):
    """How many bytes were carried over the line from `started_at` to `ended_at`?

    One row for each accounting packet of a session: the network sends running counters (`counter_in`, `counter_out`), and
    `bytes_in`, `bytes_out` are what they grew since the packet before, whose `ended_at` is this one's `started_at`. A packet that
    arrives late puts the one after it right. The same packet (line, session, sequence) is stored once.
    `bytes_in` came from the customer, `bytes_out` went to them; what counts against a cap is both together.
    Written by `subscriptions.services.usage` alone, in sets, so it has no history: a packet, once counted, keeps its counters.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="+", db_index=False)
    session_id = models.CharField(max_length=64)
    sequence = models.BigIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    bytes_in = models.BigIntegerField()
    bytes_out = models.BigIntegerField()
    counter_in = models.BigIntegerField()
    counter_out = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "usage_records"
        ordering = ["subscriber_id", "ended_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "session_id", "sequence"], name="usage_record_is_counted_once"
            ),
            models.CheckConstraint(
                condition=Q(bytes_in__gte=0) & Q(bytes_out__gte=0) & Q(counter_in__gte=0) & Q(counter_out__gte=0),
                name="usage_is_not_negative",
            ),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="usage_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(  # a sum over a span of time is read from the index alone
                fields=["subscriber", "ended_at", "started_at", "bytes_in", "bytes_out"],
                name="usage_of_a_line_in_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} #{self.sequence}"


class RejectedUsage(TenantOwned):
    """Which accounting record could not be taken, from where, and why? Kept for a person; the rest of its batch was taken.

    `batch_id` is shared by everything that came in one request or file, `position` is the record's place in it, from 1.
    """

    batch_id = models.UUIDField()
    position = models.PositiveIntegerField()
    origin = models.CharField(max_length=255, blank=True, default="")
    content = models.TextField()
    code = models.CharField(max_length=60)
    message = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "rejected_usage"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="rejected_usage_newest_first"),
            models.Index(fields=["batch_id", "position"], name="rejected_usage_of_a_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: record {self.position}"
