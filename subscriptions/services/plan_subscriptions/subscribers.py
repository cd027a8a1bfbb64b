"""Subscribers, the lines of an internet provider: how they come into the books and how they leave them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.ids import new_id
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_moment, check_reason
from routes.services import check_staff
from subscriptions.models import Subscriber

LONGEST_ID, LONGEST_USERNAME = 255, 64
LARGEST_METADATA_KEYS = 100


class NotALine(RuleBroken):
    """The line says something that no line can say; `fields` names what."""

    code = "not_a_line"


class LineAlreadyKnown(Conflict):
    """A line has this id, or a line that was not deleted has this username."""

    code = "line_already_known"


class LineIsDeleted(Conflict):
    """The line was deleted already."""

    code = "line_is_deleted"


class UnknownCustomer(NotFound):
    """The business has no such customer."""

    code = "unknown_customer"


@unit_of_work
def create_subscriber(
    *,
    actor: User | None,
    tenant: Tenant,
    customer_id: UUID | None,
    username: str,
    id: str | None = None,  # noqa: A002 - the field's name
    status: str = Subscriber.Status.ACTIVE,
    service_type: str = Subscriber.ServiceType.FIBER_INTERNET,
    download_kbps: int | None = None,
    metadata: dict[str, Any] | None = None,
    activated_at: datetime | None = None,
    terminated_at: datetime | None = None,
) -> Subscriber:
    """Take a line into the books; its `id` is the access network's, or a new one.

    *Raises* UnknownCustomer, LineAlreadyKnown, NotALine, TimeWithoutZone.
    """
    check_staff(actor, tenant.pk, roles=ADMINS)
    if customer_id is not None:
        find_customer(tenant, customer_id)
    line = Subscriber(
        id=str(new_id()) if id is None else id, tenant=tenant, customer_id=customer_id, username=username, status=status,
        service_type=service_type, download_kbps=download_kbps, metadata={} if metadata is None else metadata,
        activated_at=activated_at, terminated_at=terminated_at,
    )  # fmt: skip
    _check(line)
    try:
        with transaction.atomic():
            line.save(force_insert=True)
    except IntegrityError as error:
        raise LineAlreadyKnown(
            f"A line has the id {line.pk}, or a line of this business has the username {line.username}. Choose others, or "
            "delete that line first: its username is then free, its id never.",
            fields={"username": ["Taken, or the id is."]},
        ) from error
    return line


@unit_of_work
def delete_subscriber(*, actor: User | None, subscriber: Subscriber, reason: str, now: datetime) -> Subscriber:
    """Take a line out of use. Its row stays, and so does every link to it: what was used on it is still billed.

    *Raises* LineIsDeleted, ReasonMissing.
    """
    check_staff(actor, subscriber.tenant_id, roles=ADMINS)
    check_reason(reason, what="Deleting a line")
    line = locked(Subscriber.objects.filter(pk=subscriber.pk)).get()
    if line.deleted_at is not None:
        raise LineIsDeleted(f"Line {line.pk} was deleted on {line.deleted_at:%Y-%m-%d}. There is nothing left to do.")
    line.deleted_at = check_moment(now, name="now")
    line.save()
    return line


def find_customer(tenant: Tenant, customer_id: Any) -> Customer:
    """Return a customer of the business. *Raises* UnknownCustomer."""
    customer = Customer.objects.of_tenant(tenant).filter(pk=customer_id).first()
    if customer is None:
        raise UnknownCustomer(
            f"There is no customer {customer_id} in this business. Look the customer up in their list.",
            fields={"customer_id": ["There is no such customer."]},
        )
    return customer


def _check(line: Subscriber) -> None:
    """*Raises* NotALine, TimeWithoutZone."""
    _must(_is_text(line.pk, LONGEST_ID), "id", f"A text of 1 to {LONGEST_ID} characters.")
    _must(_is_text(line.username, LONGEST_USERNAME), "username", f"A text of 1 to {LONGEST_USERNAME} characters.")
    for name, known in (("status", Subscriber.Status.values), ("service_type", Subscriber.ServiceType.values)):
        _must(getattr(line, name) in known, name, f"One of: {', '.join(known)}.")
    is_speed = line.download_kbps is None or type(line.download_kbps) is int and 0 < line.download_kbps < 2**31
    _must(is_speed, "download_kbps", "A positive whole number, or none.")
    is_metadata = isinstance(line.metadata, dict) and len(line.metadata) <= LARGEST_METADATA_KEYS
    _must(is_metadata, "metadata", f"An object of at most {LARGEST_METADATA_KEYS} keys.")
    for name in ("activated_at", "terminated_at"):
        if getattr(line, name) is not None:
            check_moment(getattr(line, name), name=name)
    is_ordered = not (line.activated_at and line.terminated_at) or line.activated_at <= line.terminated_at
    _must(is_ordered, "terminated_at", "Not before activated_at.")


def _is_text(text: Any, longest: int) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= longest and "\x00" not in text


def _must(holds: bool, name: str, says: str) -> None:
    if not holds:
        raise NotALine(f"A line cannot say this for {name}. It takes: {says}", fields={name: [says]})
