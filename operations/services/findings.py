"""A person decides about a row that a backfill left to them: once, with a reason, through one door."""

from datetime import datetime
from typing import Any

from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from operations.backfill.definition import Choice
from operations.backfill.runs import backfill_of
from operations.models import BackfillFinding


class NoSuchFinding(NotFound):
    """No finding has this number, or it is another tenant's."""

    code = "no_such_finding"


class FindingAlreadyDecided(Conflict):
    """Somebody has decided about this row already."""

    code = "finding_already_decided"


class UnknownDecision(RuleBroken):
    """The decision is not one of those that this finding offers, or lacks what it needs."""

    code = "unknown_decision"


@unit_of_work
def decide_finding(
    *,
    actor: User | None,
    finding_id: Any,
    decision: str,
    reason: str,
    now: datetime,
    argument: str = "",
    using: str = "default",
) -> BackfillFinding:
    """Do what a person decided about a row, and close every open finding of that row in the same backfill.

    *Raises* NoSuchFinding, FindingAlreadyDecided, UnknownDecision, and what the owning app's service refuses.
    """
    finding = _find(finding_id, actor, using)
    backfill = backfill_of(finding.run, using)
    choice = _choice(backfill.choices_for(finding.kind), decision, argument, reason)
    siblings = BackfillFinding.objects.using(using).filter(backfill=finding.backfill, row_id=finding.row_id)
    undecided = list(locked(siblings.undecided()))
    if finding.pk not in {open_one.pk for open_one in undecided}:
        finding.refresh_from_db()
        who = finding.decided_by or "somebody"
        raise FindingAlreadyDecided(
            f"Finding {finding.pk}: {who} decided '{finding.decision}' on {finding.decided_at:%Y-%m-%d %H:%M} UTC. It stays so."
        )
    if choice.apply is not None:
        choice.apply(actor, _row(backfill.model, finding, using), argument, reason)
    for open_one in undecided:
        _close(open_one, actor, choice, argument, reason, now)
    return next(open_one for open_one in undecided if open_one.pk == finding.pk)


def _find(finding_id: Any, actor: User | None, using: str) -> BackfillFinding:
    findings = BackfillFinding.objects.using(using).select_related("run")
    visible = findings if actor is None else findings.for_user(actor)
    finding = visible.filter(pk=finding_id).first() if str(finding_id).isdigit() else None
    if finding is None:
        raise NoSuchFinding(f"There is no finding {finding_id}, or it is not yours.")
    return finding


def _choice(choices: tuple[Choice, ...], decision: str, argument: str, reason: str) -> Choice:
    choice = next((choice for choice in choices if choice.name == decision), None)
    if choice is None:
        known = ", ".join(choice.name for choice in choices) or "none"
        raise UnknownDecision(f"'{decision}' cannot be decided here. Choose one of: {known}.")
    if choice.argument and not argument:
        raise UnknownDecision(f"'{decision}' needs a {choice.argument}. Give it as the argument.")
    if not reason.strip():
        raise UnknownDecision(
            "A decision needs a reason: the next person will ask why.", fields={"reason": ["Say why."]}
        )
    return choice


def _row(model: Any, finding: BackfillFinding, using: str) -> Any:
    row = model._base_manager.using(using).filter(pk=model._meta.pk.to_python(finding.row_id)).first()
    if row is None:
        raise NoSuchFinding(f"Finding {finding.pk}: its row {finding.row_id} is gone. Choose to keep.")
    return row


def _close(
    finding: BackfillFinding, actor: User | None, choice: Choice, argument: str, reason: str, now: datetime
) -> None:
    finding.decision = choice.name
    finding.decision_detail = {choice.argument: argument} if choice.argument else {}
    finding.decision_reason = reason
    finding.decided_by = actor
    finding.decided_at = now
    finding.save()
