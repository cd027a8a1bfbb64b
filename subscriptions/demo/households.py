"""Who takes milk from the demo's dairy, what, and when not. Names, streets and telephone numbers are made up."""

from datetime import date
from typing import Final

from subscriptions.demo.calendar import PRICES_ROSE

COW, BUFFALO, CURD, PANEER, GHEE, BUTTER = "COW-1L", "BUF-1L", "CURD-500", "PAN-200", "GHEE-500", "BUT-100"
BEFORE: Final = date(2025, 12, 1)
PRODUCTS: Final = (  # code, name, unit, tax in basis points, prices in cents by the day from which they are valid
    (COW, "Cow milk", "litre", 0, ((BEFORE, 5_800), (PRICES_ROSE, 6_000))),
    (BUFFALO, "Buffalo milk", "litre", 0, ((BEFORE, 7_000), (PRICES_ROSE, 7_300))),
    (CURD, "Curd", "500 g", 500, ((BEFORE, 4_500),)),
    (PANEER, "Paneer", "200 g", 500, ((BEFORE, 9_500), (date(2025, 12, 27), 9_900))),
    (GHEE, "Ghee", "500 ml", 500, ((BEFORE, 36_500),)),
    (BUTTER, "Table butter", "100 g", 500, ((BEFORE, 5_800),)),
)
BY_MEASURE: Final = {COW, BUFFALO}  # half a litre can be poured; a pot is a pot
EXTRAS: Final = (CURD, PANEER, BUTTER, GHEE)

FIRST_NAMES: Final = ("Aarti", "Bhavesh", "Chitra", "Dinesh", "Esha", "Firoz", "Gauri", "Harish", "Indira", "Jatin")
LAST_NAMES: Final = ("Apte", "Bhosale", "Chavan", "Gokhale", "Joshi", "Kelkar", "More", "Naik", "Ranade", "Sathe")
STREETS: Final = ("Gulmohar Lane", "Lotus Court", "Temple Street", "Old Mill Road", "Mango Grove", "Canal View")
CANTEEN: Final = "Sunrise Works canteen"
HOUSEHOLDS: Final = 40

HABITS: Final = (  # what is wanted, day by day in turn
    ((COW, ("1",)),),
    ((COW, ("0.5",)),),
    ((BUFFALO, ("2",)),),
    ((COW, ("1", "1", "2")),),
    ((COW, ("1.5",)), (CURD, ("1", "0"))),
    ((BUFFALO, ("1",)), (PANEER, ("0", "0", "0", "0", "0", "0", "1"))),
    ((COW, ("2",)), (BUFFALO, ("0.5",))),
    ((BUFFALO, ("1", "0")),),
)
CHANGES: Final = {  # by household: kind, first and last day, quantity, note
    3: (("SKIP", date(2025, 12, 24), date(2025, 12, 28), None, "Away for a wedding"),),
    5: (("INCREASE", date(2025, 12, 31), date(2026, 1, 1), "1", "Guests for the New Year"),),
    8: (("NOTE", date(2026, 1, 5), None, None, "Leave it with the watchman"),),
    12: (("DECREASE", date(2026, 1, 10), date(2026, 1, 20), "0.5", "Son is at college"),),
    15: (("SKIP", date(2026, 1, 20), None, None, "Away until they call"),),
    17: (("INCREASE", date(2026, 1, 14), date(2026, 1, 14), "2", "Sankranti sweets"),),
    24: (
        ("INCREASE", date(2026, 1, 24), date(2026, 1, 26), "1", "Grandchildren visit"),
        ("SKIP", date(2026, 1, 25), date(2026, 1, 25), None, "All out for the day"),
    ),
}
WITHDRAWN: Final = (20, ("SKIP", date(2026, 1, 2), date(2026, 1, 4), None, "Trip to the coast"), date(2026, 1, 1))
CHANGED_OVER: Final = 27  # from cow to buffalo milk, on the day on which prices rose
STARTED_LATE: Final = {33: date(2026, 1, 5), 38: date(2026, 1, 19)}
LATE_DELIVERY: Final = (
    7,
    date(2025, 12, 30),
    date(2026, 1, 3),
)  # household, its day, and when it was confirmed after all


def name_of(household: int) -> str:
    """The name of a household by its number, from 1."""
    if household == HOUSEHOLDS:
        return CANTEEN
    return f"{FIRST_NAMES[household % 10]} {LAST_NAMES[(household * 7 + household // 10) % 10]}"


def address_of(household: int) -> str:
    """Where it is."""
    return f"{household * 3 % 47 + 1} {STREETS[household % len(STREETS)]}, Pune"


def phone_of(household: int) -> str:
    """A telephone number that belongs to nobody."""
    return f"+91 55555 010{household:02}"
