"""What can be ordered by whom: an active product of the same business, by an active customer, in a slot of their round."""

from accounts.errors import Conflict, RuleBroken
from billing.models import Customer
from subscriptions.models import Product

LONGEST_SLOT = 40


class ForeignProduct(RuleBroken):
    """The product belongs to another business."""

    code = "foreign_product"


class ProductNotActive(Conflict):
    """The product is not in the range any more."""

    code = "product_not_active"


class CustomerNotActive(Conflict):
    """The customer is not delivered to any more."""

    code = "customer_not_active"


class UnknownSlot(RuleBroken):
    """The customer's round does not go in this part of the day."""

    code = "unknown_slot"


def check_orderable(customer: Customer, product: Product, slot: str) -> None:
    """Let pass what can be ordered. *Raises* ForeignProduct, ProductNotActive, CustomerNotActive, UnknownSlot."""
    if product.tenant_id != customer.tenant_id:
        raise ForeignProduct(f"Product {product.pk} is not one of the customer's business. Choose one of its own.")
    if not Product.objects.get(pk=product.pk).is_active:
        raise ProductNotActive(
            f"{product} is not in the range any more. Choose another, or take it back into the range."
        )
    if not customer.is_active:
        raise CustomerNotActive(f"{customer} is not active: nothing is delivered to them. Activate them first.")
    check_slot(slot, customer.round.slots if customer.round else [], where=f"round {customer.round}")


def check_slot(slot: str, slots: list[str], *, where: str) -> None:
    """Let pass a slot of a round; "" is any part of the day, and a round without slots knows no others. *Raises* UnknownSlot."""
    if not isinstance(slot, str) or len(slot) > LONGEST_SLOT:
        raise UnknownSlot(f"A slot is a text of at most {LONGEST_SLOT} characters. Choose one of the round, or none.")
    if slot and slots and slot not in slots:
        known = ", ".join(map(str, slots))
        raise UnknownSlot(
            f"Slot '{slot}' is not one of {where}, which goes: {known}. Choose one of these, or none.",
            fields={"slot": [f"One of: {known}."]},
        )
