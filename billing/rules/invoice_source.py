"""Where an invoice comes from, however the old system spelt it: `EVT`, `event ` and `EVENT` are one source.

What nobody knows, and nothing at all, is OTHER. A donation is a source like any other: what is unpaid of it is outstanding.
"""

from typing import Final

SOURCES: Final = ("DUES", "EVENT", "DONATION", "SALES", "SUBSCRIPTION", "USAGE", "OTHER")
OTHER: Final = "OTHER"
OLD_SPELLINGS: Final = {"DUE": "DUES", "EVT": "EVENT", "DON": "DONATION"}


def invoice_source(stored: str) -> str:
    """Name the source of a stored spelling.

    >>> [invoice_source(stored) for stored in ("EVT", " due", "Don", "SALES", "manual", "")]
    ['EVENT', 'DUES', 'DONATION', 'SALES', 'OTHER', 'OTHER']
    """
    spelt = stored.strip().upper()
    spelt = OLD_SPELLINGS.get(spelt, spelt)
    return spelt if spelt in SOURCES else OTHER


def spellings(source: str) -> tuple[str, ...]:
    """List the ways in which a source is spelt, trimmed and in capitals.

    >>> spellings("EVENT")
    ('EVENT', 'EVT')
    """
    return (source, *(old for old, meant in OLD_SPELLINGS.items() if meant == source))
