"""A sale that came again: the same lines, customer, route, type and time, or else another sale under a used id."""

from collections.abc import Iterable
from typing import Any

from accounts.errors import Conflict
from billing.models import Sale, SaleLine
from billing.services.repeats import as_first_sent, must_be_a_repeat, says_the_same

CONTENT = ("tenant_id", "customer_id", "route_id", "sale_type", "total_cents", "sold_at")
LINE_CONTENT = ("description", "product_code", "quantity", "unit_price_cents", "tax_rate_bps")


class SaleAlreadyKnown(Conflict):
    """A sale with this id was made before, with other content."""

    code = "sale_already_known"


def must_be_the_same_sale(earlier: Sale, sale: Sale, lines: Iterable[SaleLine]) -> Sale:
    """Return the earlier sale if it says the same; a repeat may leave out its number. *Raises* SaleAlreadyKnown."""
    same = says_the_same(earlier, sale, CONTENT) and sale.number in ("", as_first_sent(earlier).number)
    same = same and _content(lines) == _content(SaleLine.objects.filter(sale=earlier))
    return must_be_a_repeat(earlier, same=same, refusal=SaleAlreadyKnown)


def _content(lines: Iterable[SaleLine]) -> list[tuple[Any, ...]]:
    """What the lines say, in whatever order they came."""
    return sorted(tuple(getattr(line, name) for name in LINE_CONTENT) for line in lines)
