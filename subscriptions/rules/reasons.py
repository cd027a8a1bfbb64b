"""Why a subscription was not billed, or not watched, this time: one word for each reason, in answers, logs and on pages.

Source: reference `dotmac` section 4. There a subscription without a line was skipped for ever, and the log never said so.
"""

from typing import Final

SUBSCRIBER_ID_NOT_SET: Final = "subscriber_id_not_set"
NO_DATA_CAP: Final = "no_data_cap"
NO_OVERAGE_PRICE: Final = "no_overage_price"
PERIOD_NOT_CLOSED: Final = "period_not_closed"
NOT_IN_FORCE: Final = "not_in_force"
USAGE_UNKNOWN: Final = "usage_unknown"
NO_OVERAGE: Final = "no_overage"
PARKED: Final = "parked"
CREDITED: Final = "credited"
ALREADY_BILLED: Final = "already_billed"

WORDS: Final = {
    PARKED: "Far more than usual: a person must look at it",
    SUBSCRIBER_ID_NOT_SET: "Nobody knows which line it is",
    USAGE_UNKNOWN: "No records of a line that was active",
    CREDITED: "Late records lowered what was charged, and the customer has a credit",
    NO_OVERAGE: "Nothing was used beyond the cap",
    ALREADY_BILLED: "Every closed period is settled",
    NO_OVERAGE_PRICE: "The plan never charges for more than its cap",
    NO_DATA_CAP: "The plan is unlimited",
    NOT_IN_FORCE: "Somebody took it out, so that it keeps no line",
    PERIOD_NOT_CLOSED: "Its first period is not over, or records of it may still come",
}
WORST_FIRST: Final = tuple(WORDS)
NEEDS_A_PERSON: Final = (PARKED, SUBSCRIBER_ID_NOT_SET, USAGE_UNKNOWN)


def worst(reasons: set[str]) -> str:
    """Name the reason that a person should hear of, where a subscription has several.

    >>> worst({"no_overage", "usage_unknown"})
    'usage_unknown'
    """
    return min(reasons, key=WORST_FIRST.index)
