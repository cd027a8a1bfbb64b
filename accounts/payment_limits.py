"""How little and how much may one payment be, by channel? As a business sets it, and as payments read it.

`{"CASH": 5000000}` says the most that may come in cash at once; `{"CHEQUE": {"least": 100000, "most": 9000000}}` also the least.
Both are included. A channel that is not named has no limit.
"""

from typing import Any


class NotALimit(ValueError):
    """The setting is no limit."""


def limits_of(setting: Any) -> tuple[int, int | None]:
    """Read one channel's setting: the least and the most cents, None for no most. *Raises* NotALimit.

    >>> limits_of(5000000), limits_of({"least": 1, "most": 5000000}), limits_of({"least": 100000})
    ((0, 5000000), (1, 5000000), (100000, None))
    """
    limits = {"most": setting} if type(setting) is int else setting
    if not isinstance(limits, dict) or not limits or limits.keys() - {"least", "most"}:
        raise NotALimit(f'{setting!r} is no limit: write the most as cents, or {{"least": cents, "most": cents}}.')
    least, most = limits.get("least", 0), limits.get("most")
    if any(type(cents) is not int or cents < 0 for cents in limits.values()):
        raise NotALimit(f"{setting!r} is no limit: give whole cents, not below 0.")
    if most is not None and most < least:
        raise NotALimit(f"{setting!r} is no limit: the most is below the least.")
    return least, most
