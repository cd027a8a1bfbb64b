"""Plan subscriptions, their lines and their earlier terms are right when every sentence here is true."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from operations.invariants import Violation, invariant
from subscriptions.models import PlanSubscription, PlanSubscriptionTerms

Violations = Iterator[Violation]
DAY, FOREVER = timedelta(days=1), date(9999, 12, 31)


@invariant(
    part="subscriptions",
    name="A plan subscription, its line, its plan and its earlier terms are of the same business and customer",
)
def links_stay_in_the_family(*, using: str, tenant: Tenant | None = None) -> Violations:
    """PostgreSQL refuses a foreign link by a key of its own; on SQLite, and for earlier terms, the services see to it."""
    subscriptions = PlanSubscription.objects.using(using)
    terms = PlanSubscriptionTerms.objects.using(using)
    own_line = Q(subscriber__tenant=F("tenant"), subscriber__customer=F("customer"))
    own_past = Q(subscriber__tenant=F("tenant"), subscriber__customer=F("subscription__customer"))
    of_one_business = Q(plan__tenant=F("tenant"), customer__tenant=F("tenant"))
    of_their_subscription = Q(tenant=F("subscription__tenant"), plan__tenant=F("tenant"))
    strays: list[tuple[str, Any]] = [
        ("plan subscription", subscriptions.filter(subscriber__isnull=False).exclude(own_line)),
        ("plan subscription", subscriptions.exclude(of_one_business)),
        ("earlier terms", terms.filter(subscriber__isnull=False).exclude(own_past)),
        ("earlier terms", terms.exclude(of_their_subscription)),
    ]
    for what, rows in strays:
        for row in rows.of_tenant(tenant).order_by().values("pk", "subscriber_id", "plan__code", "tenant__slug"):
            numbers = {"line": row["subscriber_id"], "plan": row["plan__code"], "business": row["tenant__slug"]}
            yield Violation(where=f"{what} {row['pk']}", numbers=numbers)


@invariant(part="subscriptions", name="No two plan subscriptions in force share a day on a line")
def lines_carry_one_at_a_time(*, using: str, tenant: Tenant | None = None) -> Violations:
    """By what each has now, and by the lines of its earlier terms; the later one of each pair is shown."""
    now_on_it = _in_force(using)
    was_on_it = _earlier(using)
    pairs: list[tuple[Any, Any]] = [
        (now_on_it, _meeting(_in_force(using)).filter(_comes_before())),
        (now_on_it, _meeting(_earlier(using)).exclude(subscription=OuterRef("pk"))),
        (was_on_it, _meeting(_earlier(using)).filter(subscription__lt=OuterRef("subscription"))),
    ]
    for rows, others in pairs:
        shared = rows.filter(Exists(others)).of_tenant(tenant).order_by()
        for row in shared.values("pk", "line", "first", "last"):
            numbers = {"line": row["line"], "from": row["first"], "to": row["last"]}
            yield Violation(where=f"{rows.model._meta.verbose_name} {row['pk']}", numbers=numbers)


@invariant(
    part="subscriptions",
    name="Earlier terms follow each other day by day, from the first day of the subscription to what holds now",
)
def terms_have_no_gap(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Read once in order: few subscriptions ever change, and a gap would be usage that nobody charges."""
    rows = PlanSubscription.objects.using(using).of_tenant(tenant)
    changed = rows.filter(terms_since__isnull=False).exclude(terms_since=F("start_date"))
    any_terms = PlanSubscriptionTerms.objects.using(using).filter(subscription=OuterRef("pk"))
    for pk in changed.filter(~Exists(any_terms)).order_by().values_list("pk", flat=True):
        yield Violation(where=f"plan subscription {pk}", numbers={"earlier terms": 0})
    spans = PlanSubscriptionTerms.objects.using(using).of_tenant(tenant).order_by("subscription_id", "first_day")
    columns = ("subscription_id", "subscription__start_date", "subscription__terms_since", "first_day", "last_day")
    previous: Any = None
    for span in spans.values_list(*columns).iterator():
        if previous and previous[0] != span[0]:
            yield from _ends_where_now_begins(previous)
        begins = previous[4] + DAY if previous and previous[0] == span[0] else span[1]
        if span[3] != begins:
            yield _gap(span[0], "first_day", span[3], begins)
        previous = span
    if previous:
        yield from _ends_where_now_begins(previous)


def _ends_where_now_begins(last: Any) -> Violations:
    """The last earlier terms end the day before what holds now begins."""
    pk, _, since, _, last_day = last
    if since != last_day + DAY:
        yield _gap(pk, "terms_since", since, last_day + DAY)


def _gap(pk: Any, name: str, is_now: date | None, should_be: date) -> Violation:
    return Violation(where=f"plan subscription {pk}", numbers={name: is_now, "should be": should_be})


def _in_force(using: str) -> QuerySet:
    """What active subscriptions have now: their line, from when to when."""
    rows = PlanSubscription.objects.using(using).filter(is_active=True, subscriber__isnull=False)
    return rows.annotate(line=F("subscriber"), first=Coalesce("terms_since", "start_date"), last=F("end_date"))


def _earlier(using: str) -> QuerySet:
    """What they had before; without a line of their own, earlier terms have the subscription's."""
    rows = PlanSubscriptionTerms.objects.using(using).filter(subscription__is_active=True)
    line = Coalesce("subscriber", "subscription__subscriber")
    return rows.annotate(line=line, first=F("first_day"), last=F("last_day")).filter(line__isnull=False)


def _meeting(rows: QuerySet) -> QuerySet:
    """Those that are on the outer row's line on one of its days."""
    ends = Coalesce(OuterRef("last"), Value(FOREVER, output_field=DateField()))
    return rows.filter(Q(last__isnull=True) | Q(last__gte=OuterRef("first")), line=OuterRef("line"), first__lte=ends)


def _comes_before() -> Q:
    """Of two that meet, the one that is not shown."""
    return Q(first__lt=OuterRef("first")) | Q(first=OuterRef("first"), pk__lt=OuterRef("pk"))
