"""The demo's money: customers, sales, payments, invoices and what they paid for, as an old system left them."""

from typing import Any

from accounts.demo.people import DISTRO, LARKFIELD
from billing.demo.distro import load_distro
from billing.demo.invoices import load_invoices
from billing.demo.larkfield import load_larkfield
from billing.demo.many import load_many_payments
from billing.demo.many_invoices import load_many_invoices
from operations.demo import demo


@demo(order=20)
def load(
    *, size: str, seed: int, using: str, ids: str, payments: int, invoices: int, tidy: bool, say: Any, **_: Any
) -> None:
    """Write the money of this size."""
    if size == "large":
        load_many_payments(seed=seed, using=using, ids=ids, payments=payments, tidy=tidy, say=say)
        if invoices:
            load_many_invoices(seed=seed, using=using, ids=ids, invoices=invoices, say=say)
        return
    load_distro(seed=seed, using=using, ids=ids, say=say)
    load_larkfield(seed=seed, using=using, ids=ids, say=say)
    for slug in (DISTRO, LARKFIELD):
        load_invoices(slug, seed=seed, using=using, ids=ids, say=say)
