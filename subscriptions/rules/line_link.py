"""Which line is an old subscription for? Decided for a customer as a whole, because two subscriptions want two lines.

The unlinked subscriptions of a customer and all its lines go in; for each subscription comes out a line with the reason, or the
reason why a person must choose. In this order:

1. METADATA: a line names the subscription. Only here may the line be a deleted one.
2. ONLY_LINE: the customer has one live line.
3. MATCHED: of all ways to give every subscription a line of its own for its days, exactly one fits best (`line_facts`).
4. otherwise *ambiguous*: a person chooses. With `guess` the old procedure chooses (FIRST_ACTIVE): the first active line, then
   the oldest, then by id; never one that another subscription has on the same days.

Example: plans of 100 and 20 Mbps, lines of 100 and 20 Mbps: matched. Two plans and two lines of 100 Mbps, nothing else known:
ambiguous. Nothing depends on the order in which rows are given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from subscriptions.rules.line_facts import TAKEN, Line, Subscription, as_evidence, points, signs, why_not
from subscriptions.rules.line_search import Pairs, best_of

METADATA, ONLY_LINE, MATCHED, FIRST_ACTIVE = "METADATA", "ONLY_LINE", "MATCHED", "FIRST_ACTIVE"

AMBIGUOUS = "ambiguous"
LINE_TAKEN = "line_taken"
NO_FITTING_LINE = "no_fitting_line"
LINES_DELETED = "lines_deleted"
NO_LINE = "no_line"

REASONS = {
    AMBIGUOUS: "several lines fit equally well",
    LINE_TAKEN: "the lines that fit carry other subscriptions on the same days",
    NO_FITTING_LINE: "none of the customer's lines fits: other service, or other years",
    LINES_DELETED: "all lines of the customer are deleted",
    NO_LINE: "the customer has no line",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The line of a subscription and its source, or no line and the reason; with what a person needs to judge either."""

    line: Line | None
    word: str  # the source, or the reason
    lines: Sequence[Line] = ()  # all of the customer's
    subscription: Subscription | None = None

    def evidence(self) -> dict[str, Any]:
        """The chosen line and the others, each with its facts and what speaks for and against it."""
        assert self.subscription is not None
        days = self.subscription.days
        shown = [self._shown(self.subscription, line) for line in sorted(self.lines, key=lambda line: line.turn)]
        line = self.line.id if self.line is not None else None
        return {
            "first_day": days.first.isoformat(),
            "last_day": days.last.isoformat() if days.last else None,
            "plan_download_kbps": self.subscription.download_kbps,
            "chosen": next((facts for facts in shown if facts["subscriber_id"] == line), None),
            "rejected": [facts for facts in shown if facts["subscriber_id"] != line],
        }

    def _shown(self, subscription: Subscription, line: Line) -> dict[str, Any]:
        is_chosen = self.line is not None and line.id == self.line.id
        why = "" if is_chosen else why_not(subscription, line)
        return as_evidence(line, why=why, found=signs(subscription, line))


@dataclass(slots=True)
class _Customer:
    """The lines of one customer, and what was decided so far."""

    lines: Sequence[Line]
    live: int = 0
    decided: dict[str, Decision] = field(default_factory=dict)

    def link(self, subscription: Subscription, line: Line, source: str) -> None:
        self.decided[subscription.id] = Decision(line, source, self.lines, subscription)

    def leave(self, subscription: Subscription, reason: str) -> None:
        self.decided[subscription.id] = Decision(None, reason, self.lines, subscription)


def decide_customer(
    subscriptions: Iterable[Subscription], lines: Iterable[Line], *, guess: bool = False
) -> Mapping[str, Decision]:
    """Return the decision for each unlinked subscription of one customer, by its id.

    `lines` are all lines of the customer, each with the days on which linked subscriptions have it.
    """
    waiting = sorted(subscriptions, key=lambda each: each.turn)
    customer = _Customer(sorted(lines, key=lambda line: line.turn))
    customer.live = sum(not line.is_deleted for line in customer.lines)
    waiting = _by_metadata(customer, waiting)
    pairs = {each.id: {line.id: line for line in customer.lines if not why_not(each, line)} for each in waiting}
    for each in waiting:
        if not pairs[each.id]:
            customer.leave(each, _why_none(customer, each))
    for group in _groups([each for each in waiting if pairs[each.id]], pairs):
        _decide_group(customer, group, pairs, guess=guess)
    return customer.decided


def _by_metadata(customer: _Customer, waiting: Sequence[Subscription]) -> list[Subscription]:
    """Link those that a line names; returns the others. Named by two lines it is not clear which; a live one comes first."""
    named: dict[str, list[Line]] = {}
    for line in customer.lines:
        if line.names:
            named.setdefault(line.names, []).append(line)
    if not named:
        return list(waiting)
    others, taken = [], {line.id: [*line.taken] for line in customer.lines}
    for each in waiting:
        naming = named.get(each.id, [])
        naming = [line for line in naming if not line.is_deleted] or naming
        if not naming:
            others.append(each)
        elif len(naming) > 1:
            customer.leave(each, AMBIGUOUS)
        elif naming[0].is_taken_on(each.days):
            customer.leave(each, LINE_TAKEN)
        else:
            customer.link(each, naming[0], METADATA)
            taken[naming[0].id].append(each.days)
    customer.lines = [replace(line, taken=taken[line.id]) for line in customer.lines]
    return others


def _why_none(customer: _Customer, subscription: Subscription) -> str:
    if not customer.lines:
        return NO_LINE
    if not customer.live:
        return LINES_DELETED
    whys = {why_not(subscription, line) for line in customer.lines}
    return LINE_TAKEN if TAKEN in whys else NO_FITTING_LINE


def _groups(waiting: Sequence[Subscription], pairs: Mapping[str, Mapping[str, Line]]) -> list[list[Subscription]]:
    """Subscriptions that have a line in common, directly or through others, are decided together."""
    groups: list[tuple[list[Subscription], set[str]]] = []
    for each in waiting:
        mine, lines = [each], set(pairs[each.id])
        apart = []
        for group, of_group in groups:
            if lines & of_group:
                mine, lines = [*group, *mine], lines | of_group
            else:
                apart.append((group, of_group))
        groups = [*apart, (mine, lines)]
    return [sorted(group, key=lambda each: each.turn) for group, _ in groups]


def _decide_group(
    customer: _Customer, group: Sequence[Subscription], pairs: Mapping[str, Mapping[str, Line]], *, guess: bool
) -> None:
    source = ONLY_LINE if customer.live == 1 else MATCHED
    if len(group) == 1 and len(pairs[group[0].id]) == 1:
        [line] = pairs[group[0].id].values()
        customer.link(group[0], line, source)
        return
    worth: Pairs = {each.id: {name: points(each, line) for name, line in pairs[each.id].items()} for each in group}
    best = best_of({each.id: each.days for each in group}, worth)
    if best is not None:
        for each in group:
            customer.link(each, pairs[each.id][best[each.id]], source)
    elif guess:
        _guess(customer, group, pairs)
    else:
        for each in group:
            customer.leave(each, AMBIGUOUS)


def _guess(customer: _Customer, group: Sequence[Subscription], pairs: Mapping[str, Mapping[str, Line]]) -> None:
    """Choose as the old procedure did, one after the other, but never a line that one before has on the same days."""
    given: list[tuple[Subscription, Line]] = []
    for each in group:
        fitting = sorted(pairs[each.id].values(), key=lambda line: line.turn)
        free = (
            line
            for line in fitting
            if not any(line.id == theirs.id and each.days.overlap(other.days) for other, theirs in given)
        )
        line = next(free, None)
        if line is None:
            customer.leave(each, LINE_TAKEN)
            continue
        customer.link(each, line, FIRST_ACTIVE)
        given.append((each, line))
