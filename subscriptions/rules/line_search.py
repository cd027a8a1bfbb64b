"""The one best way to give each subscription a line of its own, if there is exactly one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from subscriptions.rules.line_facts import Days

Pairs = Mapping[str, Mapping[str, int]]  # subscription -> line -> what the pair is worth

MOST_STEPS, MOST_AT_ONCE = 20_000, 100  # beyond it the lines are too much alike for anybody to be sure


def best_of(days: Mapping[str, Days], worth: Pairs) -> Mapping[str, str] | None:
    """Return which line each subscription gets, or None: no way gives each one a line, or several ways are equally good.

    Two subscriptions may share a line when they have no day in common.

    >>> from datetime import date
    >>> always = Days(date(2026, 1, 1), None)
    >>> best_of({"a": always, "b": always}, {"a": {"x": 4, "y": 0}, "b": {"x": 0, "y": 4}})
    {'a': 'x', 'b': 'y'}
    >>> best_of({"a": always, "b": always}, {"a": {"x": 0, "y": 0}, "b": {"x": 0, "y": 0}}) is None
    True
    """
    if len(worth) > MOST_AT_ONCE:
        return None
    search = _Search(days, worth)
    search.go_on(0, 0)
    return search.best if search.best and search.is_only and search.steps <= MOST_STEPS else None


@dataclass(slots=True)
class _Search:
    """Tries every way, but leaves a way as soon as it can be no better than the best so far."""

    days: Mapping[str, Days]
    worth: Pairs
    order: list[str] = field(init=False)
    most_left: list[int] = field(init=False)  # what those from here on can be worth at most
    given: dict[str, str] = field(default_factory=dict)
    best: dict[str, str] | None = None
    best_worth: int = 0
    is_only: bool = True
    steps: int = 0

    def __post_init__(self) -> None:
        self.order = sorted(self.worth, key=lambda each: (len(self.worth[each]), each))
        self.most_left = [0]
        for each in reversed(self.order):
            self.most_left.append(self.most_left[-1] + max(self.worth[each].values()))
        self.most_left.reverse()

    def go_on(self, place: int, so_far: int) -> None:
        """Give the subscription at this place each of its lines in turn."""
        self.steps += 1
        if self.steps > MOST_STEPS or self._is_hopeless(so_far + self.most_left[place]):
            return
        if place == len(self.order):
            self._take(so_far)
            return
        each = self.order[place]
        for line, worth in sorted(self.worth[each].items(), key=lambda pair: (-pair[1], pair[0])):
            if self._is_free(line, each):
                self.given[each] = line
                self.go_on(place + 1, so_far + worth)
                del self.given[each]

    def _is_hopeless(self, at_most: int) -> bool:
        if self.best is None:
            return False
        return at_most < self.best_worth or (at_most == self.best_worth and not self.is_only)

    def _take(self, worth: int) -> None:
        if self.best is None or worth > self.best_worth:
            self.best, self.best_worth, self.is_only = dict(self.given), worth, True
        else:
            self.is_only = False

    def _is_free(self, line: str, each: str) -> bool:
        return not any(
            theirs == line and self.days[each].overlap(self.days[other]) for other, theirs in self.given.items()
        )
