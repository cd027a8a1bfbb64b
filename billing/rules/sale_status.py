"""When is a sale done? When nothing of it is left to pay, by itself or by the invoice that bills it.

* A sale is *pending* as long as it asks for its money itself; paid in full it is *completed*.
* When an issued invoice bills it, it is *billed*: the invoice asks in its place. When that invoice is paid, it is *completed*.
* The invoice is unpaid again: *billed*. The invoice is void or deleted: *pending*, or *completed* if its own money covers it.
* Its direct payment is taken back: *pending*. A cancelled sale stays cancelled.

Nothing else decides: not its type, not its date, not its status before. Source: issue 4 section 1; ADR 0013.
"""

from typing import Final

PENDING: Final = "PENDING"
BILLED: Final = "BILLED"
COMPLETED: Final = "COMPLETED"
CANCELLED: Final = "CANCELLED"


def sale_status(*, status: str, balance_cents: int, is_invoiced: bool = False, is_invoice_paid: bool = False) -> str:
    """Decide the status of a sale from what is left to pay of it, or from the invoice that asks in its place.

    >>> sale_status(status="PENDING", balance_cents=0)
    'COMPLETED'
    >>> sale_status(status="COMPLETED", balance_cents=2000)
    'PENDING'
    >>> sale_status(status="PENDING", balance_cents=0, is_invoiced=True)
    'BILLED'
    >>> sale_status(status="BILLED", balance_cents=0, is_invoiced=True, is_invoice_paid=True)
    'COMPLETED'
    """
    if status == CANCELLED:
        return CANCELLED
    if is_invoiced:
        return COMPLETED if is_invoice_paid else BILLED
    return COMPLETED if balance_cents == 0 else PENDING
