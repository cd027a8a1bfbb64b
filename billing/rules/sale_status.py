"""When is a sale done? When nothing of it is left to pay.

* A cash sale of 50.00 is *pending*; paid with 30.00 it still is; with the last 20.00 it is *completed*.
* When that last payment is reversed, it is *pending* again. A sale on credit is *billed* from the start and goes back to that.
* A cancelled sale stays cancelled.
* A sale that an issued invoice asks for is *billed* as long as that invoice stands, whatever is paid: the invoice says that.
"""

from typing import Final

PENDING: Final = "PENDING"
BILLED: Final = "BILLED"
COMPLETED: Final = "COMPLETED"
CANCELLED: Final = "CANCELLED"
CREDIT: Final = "CREDIT"


def sale_status(*, status: str, sale_type: str, balance_cents: int, is_invoiced: bool = False) -> str:
    """Decide the status of a sale from its balance.

    >>> sale_status(status="PENDING", sale_type="CASH", balance_cents=0)
    'COMPLETED'
    >>> sale_status(status="COMPLETED", sale_type="CREDIT", balance_cents=2000)
    'BILLED'
    >>> sale_status(status="COMPLETED", sale_type="CASH", balance_cents=0, is_invoiced=True)
    'BILLED'
    """
    if status == CANCELLED:
        return CANCELLED
    if is_invoiced:
        return BILLED
    if balance_cents == 0:
        return COMPLETED
    if status != COMPLETED:
        return status
    return unpaid_status(sale_type)


def unpaid_status(sale_type: str) -> str:
    """The status of a sale that nothing was done about yet: also that of one whose invoice is void."""
    return BILLED if sale_type == CREDIT else PENDING
