"""`plan_subscriptions.subscriber_id`: which line an old subscription is for. Usage on an unknown line cannot be billed.

The rule is `subscriptions.rules.line_link`: every customer is decided as a whole, and what is not certain waits for a person.
Source: seed 003, the subscriber link deployment checklist; ADR 0017.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Tenant, User
from operations.backfill import Backfill, Change, Check, Choice, Leave, Occasion, Option, Unclear, register
from subscriptions.backfills.customers import Customers, lines_of, subscriptions_of
from subscriptions.backfills.side_by_side import lines_side_by_side
from subscriptions.models import BilledPeriod, PlanSubscription, Subscriber
from subscriptions.rules import line_link as rule
from subscriptions.rules.line_link import Decision
from subscriptions.services.plan_subscriptions import link_subscriber

UNCLEAR = frozenset({rule.AMBIGUOUS, rule.LINE_TAKEN, rule.NO_FITTING_LINE})
NOTED = frozenset({rule.NO_LINE, rule.LINES_DELETED})
MOST_OFFERED = 12


def choose_line(actor: User | None, subscription: PlanSubscription, argument: str, reason: str) -> None:
    """Link the subscription to the line that the person names."""
    now = timezone.now()  # a decision is a door of its own: the engine hands none in
    link_subscriber(actor=actor, subscription=subscription, subscriber_id=argument, reason=reason, now=now)


def lines_to_choose(tenant: Tenant, text: str) -> list[tuple[str, str]]:
    """Lines that a person may mean, by the beginning of their id or username, or by their customer."""
    like = Q(pk__startswith=text) | Q(username__startswith=text) | Q(customer__number=text)
    lines = Subscriber.objects.of_tenant(tenant).select_related("customer").filter(like).order_by("username", "pk")
    return [
        (line.pk, f"{line.username}, {line.customer}, {line.get_status_display()}") for line in lines[:MOST_OFFERED]
    ]


KEEP = Choice("keep", "Keep unlinked")
CHOOSE_LINE = Choice(
    "choose_line",
    "Choose a line",
    choose_line,
    argument="subscriber_id",
    asks="Another line",
    hint="line id or username",
    offers=lines_to_choose,
    lineups=lines_side_by_side,
)


@register
class PlanSubscriptionSubscriber(Backfill):
    """A subscription without a line takes the one that is certainly its own; the others wait for a person."""

    name = "plan_subscription_subscriber_id"
    title = "Lines of plan subscriptions"
    description = (
        "Plan subscriptions of the old system do not say which line they are for, so what is used on it cannot be billed. "
        "Each takes the line that names it, the only line of its customer, or the one that fits best where the customer has "
        "several. Where several fit equally well, a person chooses."
    )
    source = "Seed 003, the subscriber link deployment checklist; rule: subscriptions/rules/line_link.py"
    noun = "plan subscriptions"
    model = PlanSubscription
    writes = ("subscriber_id", "link_source")
    unclear_verdicts = UNCLEAR
    noted_verdicts = NOTED
    verdict_labels = {
        "write": "take the line that is theirs",
        rule.FIRST_ACTIVE: "ambiguous: the first active line was taken",
        "decided_by_a_person": "decided by a person",
        **rule.REASONS,
    }
    choices = (KEEP, CHOOSE_LINE)
    options = (
        Option(
            "ambiguous",
            ("leave", "first-active"),
            "what to do where several lines fit equally well: leave it to a person (the default), or take the first active line, "
            "then the oldest, then by id",
        ),
    )

    def candidates(self) -> QuerySet:
        return PlanSubscription.objects.unlinked().only("tenant", "customer", *self.writes)

    def companions(self, rows: QuerySet) -> Sequence[QuerySet]:
        customers = rows.values("customer")
        return subscriptions_of(customers), lines_of(customers)

    def gather(self, rows: Sequence[Any], companions: Sequence[Sequence[Any]], occasion: Occasion) -> None:
        """Decide the customers of the window, each once, and lay each decision on its row."""
        if not rows:
            return
        stored, lines = companions
        customers = Customers.of(stored, lines, occasion, using=rows[0]._state.db, backfill=self.name)
        decided: dict[Any, Mapping[str, Decision]] = {}
        for row in rows:
            key = row.tenant_id, row.customer_id
            if key not in decided:
                decided[key] = customers.decide(key)
            row.decision = decided[key].get(str(row.pk))

    def decide(self, row: Any) -> Change | Leave | Unclear:
        decision: Decision | None = row.decision
        if decision is None:  # a person has decided about it in this very moment
            return Leave("changed_meanwhile")
        if decision.line is not None:
            return _change(row, decision)
        if decision.word in UNCLEAR:
            return Unclear(decision.word, _evidence(row, decision))
        return Leave(decision.word, _evidence(row, decision))

    def checks(self) -> tuple[Check, ...]:
        return (
            Check(
                "no subscription is linked to a line of another customer",
                lambda rows: rows.filter(subscriber__isnull=False).exclude(
                    subscriber__customer_id=F("customer_id"), subscriber__tenant_id=F("tenant_id")
                ),
            ),
        )

    def signed_since(self) -> Q | None:
        """Links that a person confirmed, and links by which a period was billed."""
        settled = BilledPeriod.objects.filter(subscription=OuterRef("pk")).exclude(status=BilledPeriod.Status.DECLARED)
        return Q(link_confirmed_at__isnull=False) | Q(Exists(settled))

    def population(self) -> dict[str, QuerySet]:
        return {"subscriptions_found": PlanSubscription.objects.all()}

    def answer(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        verdicts, labels, population = counts["verdicts"], counts["labels"], counts["population"]
        left = {name: number for name, number in verdicts.items() if name != self.write_verdict}
        if counts.get("decided"):
            left["decided_by_a_person"] = counts["decided"]
        if counts.get("unreached"):
            left["not_reached"] = counts["unreached"]
        updated = verdicts.get(self.write_verdict, 0) if counts["dry_run"] else counts["written"]
        return {
            "total_checked": population.get("candidates", 0),
            "updated": updated,
            "updated_by_source": dict(sorted(labels.items())),
            "ambiguous_updated": labels.get(rule.FIRST_ACTIVE, 0),
            "ambiguous_left": verdicts.get(rule.AMBIGUOUS, 0),
            "skipped": sum(left.values()),
            "skipped_by_reason": dict(sorted(left.items())),
            "backfill_errors": counts.get("quarantined", 0),
        }

    def in_words(self, answer: Mapping[str, Any]) -> Iterable[str]:
        """The summary of the deployment checklist; its numbers add up to the total."""
        would, guessed = (
            "Would be updated: " if answer["dry_run"] else "Updated successfully: ",
            answer["ambiguous_updated"],
        )
        yield "Backfill Summary:"
        yield "================"
        yield f"Total subscriptions checked: {answer['total_checked']:,}"
        yield f"{would}{answer['updated']:,}{f' ({guessed:,} of them ambiguous)' if guessed else ''}"
        for source, number in answer["updated_by_source"].items():
            yield f"  {PlanSubscription.LinkSource(source).label.lower()}: {number:,}"
        yield f"Skipped: {answer['skipped']:,}"
        for reason, number in answer["skipped_by_reason"].items():
            yield f"  {self.label_of(reason)}: {number:,}"
        yield f"Errors: {answer['backfill_errors']:,}"


def _change(row: Any, decision: Decision) -> Change:
    assert decision.line is not None
    values = {"subscriber_id": decision.line.id, "link_source": decision.word}
    noted = rule.FIRST_ACTIVE if decision.word == rule.FIRST_ACTIVE else ""
    return Change(values, label=decision.word, evidence=_evidence(row, decision), noted=noted)


def _evidence(row: Any, decision: Decision) -> dict[str, Any]:
    return {
        "customer_id": str(row.customer_id),
        "tenant_id": str(row.tenant_id),
        "decided_by": decision.word,
        **decision.evidence(),
    }
