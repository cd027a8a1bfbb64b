"""Customers: taken on with what they already owe."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import Conflict
from accounts.models import Tenant, User
from accounts.services import next_number
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_cents
from billing.services.repeats import as_first_sent, must_be_a_repeat, says_the_same
from routes.services import NumberTaken, check_staff

CONTENT = ("tenant_id", "name", "phone", "round_id", "user_id", "opening_balance_cents", "credit_limit_cents")


class CustomerAlreadyKnown(Conflict):
    """A customer with this id was taken on before, with other content."""

    code = "customer_already_known"


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
    """Take on a customer; without a number they get the next one (`C-1`, `C-2`, …); a repeat by id returns the first.

    *Money*: `opening_balance_cents` is what they owed before this system knew them, never negative.
    *Raises* NumberTaken, NotAnAmount, CustomerAlreadyKnown.
    """
    check_staff(actor, tenant.pk)
    customer = Customer(
        **({"id": id} if id else {}),
        tenant=tenant,
        name=name,
        number=number or "",
        opening_balance_cents=check_cents(opening_balance_cents, name="opening_balance_cents", least=0),
        **fields,
    )
    if id and (earlier := Customer.objects.filter(pk=id).first()):
        return _must_be_the_same(earlier, customer)
    customer.number = number or f"C-{next_number(tenant=tenant, kind='customer')}"
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        raise NumberTaken(
            f"Customer number {customer.number} or this id is taken. Give another number, or none."
        ) from error
    return customer


def _must_be_the_same(earlier: Customer, customer: Customer) -> Customer:
    same = says_the_same(earlier, customer, CONTENT) and customer.number in ("", as_first_sent(earlier).number)
    return must_be_a_repeat(earlier, same=same, refusal=CustomerAlreadyKnown)
