"""When things happened at the demo's dairy: it came with the first routes, and invoiced December on New Year's Day."""

from datetime import date, timedelta
from typing import Final

from accounts.demo.dates import FIRST_ROUTE, TODAY

TAKEN_ON: Final = FIRST_ROUTE - timedelta(days=3)
FIRST_DAY: Final = FIRST_ROUTE
PERIOD: Final = (date(2025, 12, 1), date(2025, 12, 31))
INVOICED_ON: Final = date(2026, 1, 1)
PRICES_ROSE: Final = date(2026, 1, 12)

__all__ = ["FIRST_DAY", "INVOICED_ON", "PERIOD", "PRICES_ROSE", "TAKEN_ON", "TODAY"]
