"""What the author of a backfill says: which rows, which values, which rows a person should see, when it is right.

No loop, no transaction, no flag, no printing: all of that is the engine's. Example:

    @register
    class PaymentRoute(Backfill):
        name = "payment_route_id"
        title = "Payment routes"
        model = Payment
        writes = ("route_id",)

        def candidates(self):
            return Payment.objects.filter(route__isnull=True, sale__route__isnull=False)

        def new_values(self):
            return {"route_id": F("sale__route_id")}
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Expression, Model, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from accounts.models import Tenant

WRITE = "write"


@dataclass(frozen=True, slots=True)
class Touch:
    """Write these values (column name -> value) into a row of another table, which `companions` has read under a lock."""

    row: Model
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Write these values (column name -> value) into the row; insert and touch rows of other tables along with it.

    All of it happens, or none. `inserts` are unsaved rows with their keys; two touches of one row must agree.
    `label` is a word under which the change is counted. `evidence` is kept with the row's change row: why this value.
    With `noted`, a finding kind, it is also listed for people, for information.
    """

    values: Mapping[str, Any]
    inserts: Sequence[Model] = ()
    touches: Sequence[Touch] = ()
    label: str = ""
    evidence: Mapping[str, Any] | None = None
    noted: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a window is decided, by which run with which options, and who wants it why; a preview is wanted by nobody."""

    now: datetime
    actor_id: Any = None
    reason: str = ""
    run_id: Any = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave the row as it is, settled, for this reason (one word, counted). One of `noted_verdicts` is listed with its detail."""

    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Leave the row to a person, for this reason (one word), with the evidence they need."""

    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the few that a person may choose for a row: the argument that chooses it, its name, and what is known of it.

    `facts` (words -> value) stand beside those of the row; `against` says why it may be the wrong one. `row` leads to its page.
    """

    argument: str
    title: str
    facts: Mapping[str, Any]
    against: str = ""
    row: Model | None = None


@dataclass(frozen=True, slots=True)
class Lineup:
    """A row of a finding and those that it may belong to, as they are now, side by side."""

    title: str
    facts: Mapping[str, Any]
    candidates: Sequence[Candidate] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a person may give to a finding.

    `apply(actor, row, argument, reason)` does it through the owning app's services; None means that the row stays as it is.
    `argument` names what must be given with it (for example `route_id`), empty for nothing; `asks` is the label of its field, and
    `hint` what may be typed there. `offers(tenant, text)` gives pairs of an argument and its words, a dozen at most, meanwhile.
    `lineups(row_ids, using)` gives, for rows of a page at once, what they are chosen from (row id -> Lineup): each candidate then
    has a button, and no reason need be typed.
    """

    name: str
    label: str
    apply: Callable[..., None] | None = None
    argument: str = ""
    asks: str = ""
    hint: str = "begin to type"
    offers: Callable[[Tenant, str], Sequence[tuple[str, str]]] | None = None
    lineups: Callable[[Sequence[str], str], Mapping[str, Lineup]] | None = None

    @property
    def is_searched(self) -> bool:
        """Whether the argument is looked for while a person types."""
        return self.offers is not None


@dataclass(frozen=True, slots=True)
class Option:
    """A question of the author to whoever starts a run: `--name one|other` in the terminal. The first answer is the default."""

    name: str
    answers: tuple[str, ...]
    help: str

    @property
    def default(self) -> str:
        """The answer of who says nothing."""
        return self.answers[0]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """Rows of the backfill's table that a person should see: which (`where`), why, and what can be done about them.

    `needs_decision` findings wait for a person and make the run end with exit code 1; others are for information.
    """

    kind: str
    label: str
    where: Q
    choices: tuple[Choice, ...] = ()
    needs_decision: bool = False
    is_listed: bool = False  # its first rows stand in the JSON answer


@dataclass(frozen=True, slots=True)
class Check:
    """One statement that must be true at the end: `violations(scope)` gives the rows that break it."""

    name: str
    violations: Callable[["QuerySet[Any]"], "QuerySet[Any]"]


class Backfill:
    """One repair of stored data. Subclasses fill in the class attributes and the methods below."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str] = ""
    source: ClassVar[str] = ""  # where the rule comes from: a seed, an ADR, a clause
    noun: ClassVar[str] = "rows"
    model: type[Model]
    writes: tuple[str, ...]
    # Other tables that a `decide` inserts rows into, or touches columns of. Who declares any says in `undo_of` how it is undone.
    inserts: tuple[type[Model], ...] = ()
    touches: Mapping[type[Model], tuple[str, ...]] = {}

    # Which verdict is written and which wait for a person; every other one is a reason to leave the row, settled.
    write_verdict: ClassVar[str] = WRITE
    unclear_verdicts: ClassVar[frozenset[str]] = frozenset()
    noted_verdicts: ClassVar[frozenset[str]] = frozenset()  # settled, but listed as findings for information
    verdict_labels: ClassVar[Mapping[str, str]] = {}
    choices: ClassVar[tuple[Choice, ...]] = ()  # what can be decided about an unclear row
    evidence_labels: ClassVar[Mapping[str, str]] = {}  # evidence in words, where its name does not say enough
    evidence_links: ClassVar[
        Mapping[str, str]
    ] = {}  # "app.Model" of an id that an expression gives, for a link to its page

    options: ClassVar[tuple[Option, ...]] = ()

    tenant_path: ClassVar[str | None] = "tenant"
    skips_decided_rows: ClassVar[bool] = True
    # Receivers of the model's signals, and a `save()` of its own, do not run in set-based writes. The author names those
    # whose absence was thought about; the engine refuses a model with others.
    reviewed_receivers: ClassVar[frozenset[str]] = frozenset()
    reviewed_save: ClassVar[bool] = False

    def candidates(self) -> "QuerySet[Any]":
        """The rows that may need the change: the one query that preview, execution and verification share."""
        raise NotImplementedError

    def verdict(self) -> Combinable:
        """For each candidate, as an expression: WRITE, or the reason not to, as one word."""
        return Value(WRITE)

    def new_values(self) -> dict[str, Combinable]:
        """The new value of each written column, as an expression over a candidate."""
        raise NotImplementedError

    def decide(self, row: Any) -> Change | Leave | Unclear:
        """Decide one candidate in Python, where an expression cannot say it. Overriding this replaces `verdict`."""
        raise NotImplementedError

    def companions(self, rows: "QuerySet[Any]") -> Sequence["QuerySet[Any]"]:
        """Rows of other tables that deciding these candidates reads or touches, in the order in which services lock them."""
        return ()

    def gather(self, rows: Sequence[Any], companions: Sequence[Sequence[Any]], occasion: Occasion) -> None:
        """Called with a window's rows and their companions, all locked, before each row is decided.

        What `decide` needs is laid on the rows: a preview in another thread asks the same backfill at the same time.
        """

    def undo_of(self, run: Any, using: str) -> "Backfill | None":
        """The undo of one run: a backfill itself, which takes back every insert and touch. None: put the written columns back."""
        return None

    @property
    def decides_in_python(self) -> bool:
        """Whether the author wrote `decide` instead of expressions."""
        return type(self).decide is not Backfill.decide

    def evidence(self) -> dict[str, Expression | Combinable | str]:
        """What a person needs to see of a finding: name -> field path or expression over the row."""
        return {}

    def finding_kinds(self) -> tuple[FindingKind, ...]:
        """Findings besides the unclear candidates."""
        return ()

    def population(self) -> dict[str, "QuerySet[Any]"]:
        """Named counts taken when a run starts, for example all rows that lack the value."""
        return {}

    def checks(self) -> tuple[Check, ...]:
        """What must be true at the end, besides the engine's own checks."""
        return ()

    def answer(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        """The keys that this backfill adds to its JSON answer, from the engine's counts."""
        return {}

    def in_words(self, answer: Mapping[str, Any]) -> Iterable[str]:
        """Lines that this backfill adds to what a person reads, from its JSON answer."""
        return ()

    def signed_since(self) -> Q | None:
        """Rows that an undo must leave: what the run wrote has been signed for since, and putting it back would break that."""
        return None

    def finishing(self, plan: Any, run: Any) -> None:
        """Called once before verification, outside any transaction; an undo counts here what is gone."""

    def stopped(self, run: Any, now: Any) -> None:
        """Called in the transaction that writes the run's end or pause; an undo marks what it undid."""

    def label_of(self, verdict: str) -> str:
        """A verdict or finding kind in words."""
        kinds = {kind.kind: kind.label for kind in self.finding_kinds()}
        return {**kinds, **self.verdict_labels}.get(verdict, verdict.replace("_", " "))

    def choices_for(self, kind: str) -> tuple[Choice, ...]:
        """What a person may decide about a finding of this kind."""
        for finding_kind in self.finding_kinds():
            if finding_kind.kind == kind:
                return finding_kind.choices
        return self.choices

    @property
    def models(self) -> Iterable[type[Model]]:
        """The models whose rows it writes, its own first."""
        return dict.fromkeys((self.model, *self.inserts, *self.touches))

    @property
    def tables(self) -> Iterable[str]:
        """The tables that it writes, each locked against other runs."""
        return [model._meta.db_table for model in self.models]
