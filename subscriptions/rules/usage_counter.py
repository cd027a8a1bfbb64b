"""Running counters: how much a session grew from one packet to the next.

The network sends what a session carried so far: 100, 250, 400 is a growth of 100, 150 and 150. A counter that is lower than
before has either passed 2³² and begun again (some equipment counts with 32 bits), or was set back, because the equipment began
anew within the session. It has wrapped when both values fit into 32 bits and the growth over the border is less than half of
them; 4,294,967,000 and then 704 is a growth of 1,000. Otherwise it was set back, and what it says now is what was carried since.
Equipment that begins anew forgets both directions: when one was set back, both count from nothing.
Source: reference `dotmac` section 7, edge case 17; there neither was handled, and 4 GiB were lost with each wrap.
"""

from typing import Final

WRAPS_AT: Final = 2**32
LARGEST_WRAP: Final = 2**31  # a growth over the border of this much or more is a counter that was set back


def has_wrapped(before: int, now: int) -> bool:
    """Whether a counter that is lower than before passed 2³².

    >>> has_wrapped(4_294_967_000, 704), has_wrapped(1_000_000, 500)
    (True, False)
    """
    return before < WRAPS_AT and now < before and now + WRAPS_AT - before < LARGEST_WRAP


def was_set_back(before: int, now: int) -> bool:
    """Whether a counter is lower than before, and has not wrapped."""
    return now < before and not has_wrapped(before, now)


def growth(before: tuple[int, int] | None, now: tuple[int, int]) -> tuple[int, int]:
    """Return what a session carried, in and out, since the packet before (None: this is its first).

    >>> growth((100, 900), (250, 1000)), growth((100, 900), (50, 950))
    ((150, 100), (50, 950))
    """
    if before is None or any(map(was_set_back, before, now)):
        return now
    grown = [after - earlier + (WRAPS_AT if after < earlier else 0) for earlier, after in zip(before, now, strict=True)]
    return grown[0], grown[1]


def growth_sql(counter: str, before: str, other: str, other_before: str) -> str:
    """The growth of one counter in SQL, beside the other of its packet; `before` is NULL for the first."""
    set_back = " OR ".join(f"({_set_back_sql(was, now)})" for was, now in ((before, counter), (other_before, other)))
    return (
        f"CASE WHEN {before} IS NULL OR {set_back} THEN {counter} "
        f"WHEN {counter} < {before} THEN {counter} + {WRAPS_AT} - {before} ELSE {counter} - {before} END"
    )


def _set_back_sql(before: str, now: str) -> str:
    return f"{now} < {before} AND ({before} >= {WRAPS_AT} OR {now} + {WRAPS_AT} - {before} >= {LARGEST_WRAP})"
