"""Customers: taken on with what they already owe."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Tenant, User
from accounts.services import next_number
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_cents
from routes.services import NumberTaken, check_staff


@unit_of_work
def create_customer(
    *,
    actor: User | None,
    tenant: Tenant,
    name: str,
    number: str | None = None,
    opening_balance_cents: int = 0,
    id: UUID | None = None,  # noqa: A002 - the field's name
    **fields: Any,
) -> Customer:
    """Take on a customer; without a number they get the next one (`C-1`, `C-2`, …).

    *Money*: `opening_balance_cents` is what they owed before this system knew them, never negative.
    *Raises* NumberTaken, NotAnAmount.
    """
    check_staff(actor, tenant.pk)
    check_cents(opening_balance_cents, name="opening_balance_cents", least=0)
    number = number or f"C-{next_number(tenant=tenant, kind='customer')}"
    identity = {"id": id} if id else {}
    try:
        with transaction.atomic():
            return Customer.objects.create(
                tenant=tenant,
                name=name,
                number=number,
                opening_balance_cents=opening_balance_cents,
                **identity,
                **fields,
            )
    except IntegrityError as error:
        raise NumberTaken(f"There already is a customer {number}. Give another number, or none.") from error
