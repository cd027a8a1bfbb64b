"""What tests of usage share: a line, records on it as they are stored, and moments of January 2026."""

from datetime import UTC, datetime, timedelta
from itertools import count

from subscriptions.models import Subscriber, UsageRecord
from subscriptions.services.usage import ingest_usage
from tests import make

MIDNIGHT = datetime(2026, 2, 1, tzinfo=UTC)
_numbers = count(1)


def at(**time):
    """A moment so long after the midnight between January and February: `at(hours=-1)`."""
    return MIDNIGHT + timedelta(**time)


def a_line(customer=None, **fields):
    """A line in service since long ago."""
    number = next(_numbers)
    owner = customer or make.customer()
    given = {
        "id": f"line-{number}",
        "username": f"user{number}",
        "status": Subscriber.Status.ACTIVE,
        "activated_at": datetime(2020, 1, 1, tzinfo=UTC),
    }
    return Subscriber.objects.create(tenant=owner.tenant, customer=owner, **{**given, **fields})


def a_record(line, started_at, ended_at, bytes_in=0, bytes_out=0):
    """A record as it is stored: the only packet of a session of its own."""
    return UsageRecord.objects.create(
        tenant=line.tenant,
        subscriber=line,
        session_id=f"session-{next(_numbers)}",
        sequence=1,
        started_at=started_at,
        ended_at=ended_at,
        bytes_in=bytes_in,
        bytes_out=bytes_out,
        counter_in=bytes_in,
        counter_out=bytes_out,
    )


def a_packet(line, sequence, at_minute, bytes_in=0, bytes_out=0, *, session="s1", **fields):
    """What the network says: the session began at midnight, and carried so much by this minute."""
    given = {
        "subscriber_id": getattr(line, "pk", line),
        "session_id": session,
        "sequence": sequence,
        "started_at": MIDNIGHT.isoformat(),
        "at": at(minutes=at_minute).isoformat(),
        "bytes_in": bytes_in,
        "bytes_out": bytes_out,
    }
    return {**given, **fields}


def ingest(tenant, *entries, **fields):
    """Take these records, in the name of nobody, a month after the border."""
    return ingest_usage(actor=None, tenant=tenant, entries=entries, **{"now": at(days=20), **fields})


def counted(line, session="s1"):
    """The records of a session in order: sequence, the minutes of its span, bytes in and out."""
    rows = UsageRecord.objects.filter(subscriber=line, session_id=session).order_by("sequence")
    return [(row.sequence, minutes(row.started_at), minutes(row.ended_at), row.bytes_in, row.bytes_out) for row in rows]


def minutes(moment):
    """The minutes since the border."""
    return (moment - MIDNIGHT) // timedelta(minutes=1)
