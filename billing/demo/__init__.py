"""The demo's money: customers, sales, payments and what they paid for, as an old system left them."""

from typing import Any

from billing.demo.distro import load_distro
from billing.demo.larkfield import load_larkfield
from billing.demo.many import load_many_payments
from operations.demo import demo


@demo(order=20)
def load(*, size: str, seed: int, using: str, ids: str, payments: int, say: Any, **_: Any) -> None:
    """Write the money of this size."""
    if size == "large":
        load_many_payments(seed=seed, using=using, ids=ids, payments=payments, say=say)
        return
    load_distro(seed=seed, using=using, ids=ids, say=say)
    load_larkfield(seed=seed, using=using, ids=ids, say=say)
