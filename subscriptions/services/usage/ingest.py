"""Taking accounting packets: each is counted once, however often and in whatever order it comes.

What cannot be counted is kept aside with its reason (`RejectedUsage`), and the rest is taken. A batch is one transaction in which
the lines that it names are locked in the order of their ids: two senders of the same session wait for each other, and neither
counts from a packet that the other has not yet written.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from accounts.ids import new_id, new_id_text
from accounts.locks import locked
from accounts.models import Tenant
from accounts.unit_of_work import unit_of_work
from operations.backfill.sql import look_rows_up
from subscriptions.models import RejectedUsage, Subscriber
from subscriptions.rules.usage_packet import FIELDS, GIGAWORDS, BadPacket, Packet, packet_from
from subscriptions.services.usage.staging import CONTRADICTS, OUT_OF_TIME, REPEATED, Row, count, row_of

log = logging.getLogger("roundsman.usage")

NO_SUCH_LINE: Final = "unknown_subscriber"
UNREADABLE: Final = "unreadable"
BATCH: Final = 20_000
MOST_NAMED: Final = 5_000
LONGEST_CONTENT: Final = 2_000
WHY: Final = {
    NO_SUCH_LINE: "There is no line {packet.subscriber_id}. Create it, then run: ingest_usage --kept-aside.",
    CONTRADICTS: "Record {packet.sequence} of this session is counted already, with other counters; that one was kept. Equipment "
    "that uses the names of sessions again after a restart must send its unique session id (Acct-Unique-Session-Id).",
    OUT_OF_TIME: "Counted before the record that precedes it, or after one that follows: look at the clock of the equipment.",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is no record at all: its text, and why it cannot be read."""

    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken: its place among those that came with it, from 1, and why."""

    position: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that are counted together, by their places: what was said, what can be counted of it, and what cannot be read.

    `rows` are the packets as they are laid beside the books: made here, so that whoever reads ahead makes them ahead too.
    """

    said: dict[int, Any]
    packets: dict[int, Packet]
    rejections: list[Rejection]
    rows: dict[int, Row]


@dataclass(slots=True)
class UsageIngested:
    """What became of the records: received = taken + repeated + rejected. `put_right`: stored ones that a late one preceded."""

    batch_id: UUID
    received: int = 0
    taken: int = 0
    repeated: int = 0
    rejected: int = 0
    put_right: int = 0
    rejected_by_code: dict[str, int] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    def add(self, received: int, repeated: int, put_right: int, rejections: Sequence[Rejection]) -> None:
        """Count a batch."""
        self.received += received
        self.repeated += repeated
        self.rejected += len(rejections)
        self.taken += received - repeated - len(rejections)
        self.put_right += put_right
        self.rejected_by_code = dict(Counter(self.rejected_by_code) + Counter(one.code for one in rejections))
        self.rejections += rejections[: MOST_NAMED - len(self.rejections)]


def ingest_usage(
    *,
    actor: Any,
    tenant: Tenant,
    entries: Iterable[Any],
    now: datetime,
    origin: str = "",
    using: str = DEFAULT_DB_ALIAS,
    batch_size: int = BATCH,
    keep_rejected: bool = True,
    read_ahead: bool = False,
    told: Callable[[UsageIngested], None] | None = None,
) -> UsageIngested:
    """Count accounting records (what JSON said, or `Unreadable`), batch by batch; memory does not grow with their number.

    `read_ahead`: while the database counts a batch, the next one is read by a thread (which has no connection to the database).
    Interrupted, it is simply given the same records again: what was taken is answered as repeated.
    """
    done = UsageIngested(new_id())
    batches = _batches(entries, batch_size, now, vendor=connections[using].vendor)
    for batch in made_ahead(batches) if read_ahead else batches:
        repeated, put_right, rejections = take_batch(
            actor=actor,
            tenant=tenant,
            batch=batch,
            now=now,
            kept_as=(done.batch_id, origin) if keep_rejected else None,
            using=using,
        )
        done.add(len(batch.said), repeated, put_right, rejections)
        if told:
            told(done)
    counts = {name: getattr(done, name) for name in ("received", "taken", "repeated", "rejected", "put_right")}
    log.info("usage_ingested", extra={"batch": str(done.batch_id), "tenant": tenant.slug, **counts})
    return done


@unit_of_work
def take_batch(
    *,
    actor: Any,
    tenant: Tenant,
    batch: Batch,
    now: datetime,
    kept_as: tuple[UUID, str] | None,
    using: str,
) -> tuple[int, int, list[Rejection]]:
    """Count the numbered records of one batch, all in one transaction: how many repeat, were put right, and what was rejected."""
    packets, rejections = batch.packets, list(batch.rejections)
    with transaction.atomic(using=using):
        look_rows_up(using)
        lines = _locked_lines(tenant, packets, using)
        strangers = {place: NO_SUCH_LINE for place, packet in packets.items() if packet.subscriber_id not in lines}
        rows = [row for place, row in batch.rows.items() if place not in strangers]
        problems, put_right = count(rows, tenant_id=tenant.pk, now=now, using=using) if rows else ({}, 0)
        problems.update(strangers)
        repeated = sum(problem == REPEATED for problem in problems.values())
        rejections += [
            Rejection(position, problem, WHY[problem].format(packet=packets[position]))
            for position, problem in problems.items()
            if problem != REPEATED
        ]
        rejections.sort(key=lambda rejection: rejection.position)
        if kept_as:
            _keep(tenant, rejections, batch.said, kept_as, using)
    return repeated, put_right, rejections


def _batches(entries: Iterable[Any], batch_size: int, now: datetime, *, vendor: str) -> Iterator[Batch]:
    numbered = enumerate(entries, start=1)
    while said := dict(islice(numbered, batch_size)):
        packets, rejections = _read(said, now)
        rows = {position: row_of(new_id_text(), position, packet, vendor) for position, packet in packets.items()}
        yield Batch(said, packets, rejections, rows)


def _read(batch: dict[int, Any], now: datetime) -> tuple[dict[int, Packet], list[Rejection]]:
    packets, rejections = {}, []
    for position, said in batch.items():
        try:
            if isinstance(said, Unreadable):
                raise BadPacket(UNREADABLE, said.message)
            packets[position] = packet_from(said, now=now)
        except BadPacket as bad:
            rejections.append(Rejection(position, bad.code, str(bad)))
    return packets, rejections


def made_ahead(items: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the same, each made by a thread while the one before it is worked on."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, items, None)
        while (item := following.result()) is not None:
            following = reader.submit(next, items, None)
            yield item


def _locked_lines(tenant: Tenant, packets: dict[int, Packet], using: str) -> set[str]:
    """Lock the lines that are named, deleted ones too: what was carried before is still counted."""
    named = sorted({packet.subscriber_id for packet in packets.values()})
    lines = Subscriber.objects.using(using).of_tenant(tenant).filter(pk__any_of=named)
    return set(locked(lines).values_list("pk", flat=True))


def _keep(
    tenant: Tenant, rejections: Iterable[Rejection], said: dict[int, Any], kept_as: tuple[UUID, str], using: str
) -> None:
    batch_id, origin = kept_as
    kept: Iterator[RejectedUsage] = (
        RejectedUsage(
            tenant=tenant,
            batch_id=batch_id,
            origin=origin[:255],
            position=rejection.position,
            content=_content(said[rejection.position], rejection.code),
            code=rejection.code,
            message=rejection.message,
        )
        for rejection in rejections
    )
    RejectedUsage.objects.using(using).bulk_create(kept, batch_size=500)


def _content(said: Any, code: str) -> str:
    if code == NO_SUCH_LINE:  # it is taken again from here (`quarantine.py`): all that counts, uncut
        return json.dumps({name: said[name] for name in (*FIELDS, *GIGAWORDS) if name in said})
    text = said.text.replace("\x00", "\ufffd") if isinstance(said, Unreadable) else json.dumps(said, default=str)
    return text[:LONGEST_CONTENT]
