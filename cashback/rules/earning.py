"""What a rule earns on a base, which shares are shares, and whether a row of the ledger says what its own rule gives.

interest 40.00; Asha 5 %, Ravi a fixed 1.50     Asha 2.00, Ravi 1.50
interest 0.00; the same two                     Asha nothing and no row, Ravi 1.50: fixed is fixed
interest 0.09; Asha 5 %                         nothing: 0.45 of a cent is rounded to none
interest 0.05; ten people 10 % each             0.01 each for the first five: all shares together never give more than the base
"""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from cashback.rules.points import is_points, points_of_share

PERCENTAGE, FIXED = "percentage", "fixed"
WHOLE = Decimal(1)
FINEST = Decimal("0.0001")  # a hundredth of a percent
PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


def points_earned(base_cents: int, cashback_type: str, cashback_value: Decimal | None, points_cents: int | None) -> int:
    """Reckon what a beneficiary earns on a base; 0 is no row at all.

    >>> points_earned(4000, "percentage", Decimal("0.05"), None), points_earned(0, "fixed", None, 150)
    (200, 150)
    """
    if cashback_type == FIXED:
        return points_cents or 0
    return points_of_share(base_cents, cashback_value or Decimal(0))


def points_of_shares(base_cents: int, shares: Sequence[Decimal]) -> list[int]:
    """Reckon what shares of one base earn together, in the order in which they were configured: never more than the base.

    Each is rounded half up. Where that gives more cents than there are, a cent is left out of those that were rounded up by most,
    of equal ones the last first. Shares of one whole at most are one cent below their own rounding at most.

    >>> points_of_shares(5, [Decimal("0.1")] * 10)
    [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    >>> points_of_shares(3, [Decimal("0.5"), Decimal("0.5")]), points_of_shares(3, [Decimal("0.2"), Decimal("0.2")])
    ([2, 1], [1, 1])
    """
    points = [points_of_share(base_cents, share) for share in shares]
    rounded_up_by = [cents - base_cents * share for cents, share in zip(points, shares, strict=True)]
    too_many = max(0, sum(points) - base_cents)
    for place in sorted(range(len(points)), key=lambda place: (-rounded_up_by[place], -place))[:too_many]:
        points[place] -= 1
    return points


def read_share(value: Any) -> Decimal | None:
    """Read a share of the base, above 0 and at most 1, with at most four decimals; None when it is no such number.

    A text is plain digits, as people write them: `1e-1`, `NaN`, `0_1` and digits of other scripts are none.

    >>> read_share("0.05"), read_share(Decimal(1)), read_share(1)
    (Decimal('0.0500'), Decimal('1.0000'), Decimal('1.0000'))
    >>> [read_share(wrong) for wrong in ("5", "0", "1e-1", "NaN", "0.00001", 0.05, True, Decimal("Infinity"), None)]
    [None, None, None, None, None, None, None, None, None]
    """
    if isinstance(value, str) and PLAIN_NUMBER.fullmatch(value) or type(value) is int:
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 < value <= WHOLE or value < FINEST:
        return None
    share = value.quantize(FINEST)
    return share if share == value else None


def room_for_shares(shares: Iterable[Decimal]) -> Decimal:
    """Tell how large another share may be so that all together give away the base once at most.

    >>> room_for_shares([Decimal("0.6"), Decimal("0.15")])
    Decimal('0.25')
    """
    return WHOLE - sum(shares, Decimal(0))


def follows_from_its_rule(
    points_cents: int, base_cents: int | None, cashback_type: str, cashback_value: Decimal | None
) -> bool:
    """Whether the points of a row are what the rule that it keeps gives on the base that it keeps.

    A fixed row and a row by hand keep no other number than their points.

    >>> [follows_from_its_rule(points_cents, 4000, "percentage", Decimal("0.05")) for points_cents in (200, 201)]
    [True, False]
    """
    if base_cents is None or base_cents < 0 or not is_points(points_cents):
        return False
    if cashback_type != PERCENTAGE:
        return cashback_value is None
    return cashback_value is not None and points_cents == points_of_share(base_cents, cashback_value)


def gave_up_its_cent(points_cents: int, base_cents: int, cashback_value: Decimal) -> bool:
    """Whether a share was rounded down that would have been rounded up: allowed where all shares together give the whole base.

    >>> [gave_up_its_cent(points_cents, 3, Decimal("0.5")) for points_cents in (0, 1, 2)]
    [False, True, False]
    """
    exact = base_cents * cashback_value
    floor = int(exact.quantize(Decimal(1), rounding=ROUND_FLOOR))
    return points_cents == floor < points_of_share(base_cents, cashback_value)
