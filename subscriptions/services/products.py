"""Products and their prices: a price is valid from a day on, and what has been ordered keeps the price of its day."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_cents, check_reason
from billing.services.repeats import must_be_a_repeat, says_the_same
from routes.services import check_staff
from subscriptions.models import Product, ProductPrice
from subscriptions.services.checks import check_day

WHOLE_BPS = 10_000
CONTENT = ("tenant_id", "code", "name", "unit")


class ProductCodeTaken(Conflict):
    """The business has a product with this code."""

    code = "product_code_taken"


class ProductAlreadyKnown(Conflict):
    """A product with this id was made before, with other content."""

    code = "product_already_known"


class NotATaxRate(RuleBroken):
    """The tax rate is no whole number of hundredths of a percent."""

    code = "not_a_tax_rate"


class NameMissing(RuleBroken):
    """A product needs a code, a name and a unit."""

    code = "name_missing"


@unit_of_work
def create_product(
    *,
    actor: User | None,
    tenant: Tenant,
    code: str,
    name: str,
    unit: str,
    unit_price_cents: int,
    valid_from: date,
    tax_rate_bps: int = 0,
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> Product:
    """Take a product into the range with its first price; a repeat by id returns the first.

    *Money*: `unit_price_cents` of the tenant's currency for one `unit`, tax included.
    *Raises* ProductCodeTaken, ProductAlreadyKnown, NameMissing, NotAnAmount, NotATaxRate, NotADay.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    texts = {key: _words(key, text) for key, text in {"code": code, "name": name, "unit": unit}.items()}
    product = Product(**({"id": id} if id else {}), tenant=tenant, **texts)
    if id and (earlier := Product.objects.filter(pk=id).first()):
        same = says_the_same(earlier, product, CONTENT)
        return must_be_a_repeat(earlier, same=same, refusal=ProductAlreadyKnown)
    try:
        with transaction.atomic():
            product.save(force_insert=True)
    except IntegrityError as error:
        raise ProductCodeTaken(
            f"Product code {product.code} or this id is taken. Choose another code, or set a price of that product.",
            fields={"code": ["Taken."]},
        ) from error
    _write_price(product, valid_from, unit_price_cents, tax_rate_bps)
    return product


@unit_of_work
def set_price(
    *, actor: User | None, product: Product, unit_price_cents: int, valid_from: date, tax_rate_bps: int = 0
) -> ProductPrice:
    """Let a product cost this from a day on, until its next price; a price of that very day is corrected.

    *Money*: what was ordered, delivered or billed keeps the price it has; orders of that day that are still to deliver take the
    new one when the day is generated anew. *Raises* NotAnAmount, NotATaxRate, NotADay.
    """
    check_staff(actor, product.tenant_id, roles=OFFICE)
    return _write_price(locked(Product.objects.filter(pk=product.pk)).get(), valid_from, unit_price_cents, tax_rate_bps)


@unit_of_work
def set_product_active(*, actor: User | None, product: Product, is_active: bool, reason: str) -> Product:
    """Take a product out of the range, or back into it: one that is not active is neither ordered anew nor generated.

    *Raises* ReasonMissing.
    """
    check_staff(actor, product.tenant_id, roles=OFFICE)
    check_reason(reason, what="Taking a product out of the range or back")
    product = locked(Product.objects.filter(pk=product.pk)).get()
    if product.is_active != is_active:
        product.is_active = is_active
        product.save()
    return product


def _write_price(product: Product, valid_from: date, unit_price_cents: int, tax_rate_bps: int) -> ProductPrice:
    check_day(valid_from, name="valid_from")
    check_cents(unit_price_cents, name="unit_price_cents", least=0)
    if type(tax_rate_bps) is not int or not 0 <= tax_rate_bps <= WHOLE_BPS:
        raise NotATaxRate(
            f"tax_rate_bps is {tax_rate_bps!r}: give hundredths of a percent from 0 to {WHOLE_BPS}; 500 is 5 %.",
            fields={"tax_rate_bps": [f"From 0 to {WHOLE_BPS}."]},
        )
    price = ProductPrice.objects.filter(product=product, valid_from=valid_from).first()
    price = price or ProductPrice(tenant_id=product.tenant_id, product=product, valid_from=valid_from)
    if (price.unit_price_cents, price.tax_rate_bps) != (unit_price_cents, tax_rate_bps) or price._state.adding:
        price.unit_price_cents, price.tax_rate_bps = unit_price_cents, tax_rate_bps
        price.save()
    return price


def _words(name: str, text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise NameMissing(
            f"A product needs a {name}: who packs the van reads it. Write one.", fields={name: ["Write something."]}
        )
    return text.strip()
