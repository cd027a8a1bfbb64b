"""Allocations for invoices of the old system, so that they too say which money paid for them.

The rule is `billing.rules.legacy_money`. Every report counts an old invoice by the same rule until it is written, so this
backfill changes what is stored and never what is counted. Source: seed 001, the PAY-10 migration guide; issue 3 section 4.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.lookups import GreaterThan

from billing.backfills.payment_allocations_undo import UndoOfPaymentAllocations
from billing.models import Allocation, Customer, Invoice, Payment, PaymentAuditLog
from billing.models.invoice_sql import BY_LEGACY_MONEY, legacy_payments_cents
from billing.rules import invoice_status, legacy_money
from billing.rules.legacy_money import LegacyMoney
from billing.selectors.orphans import orphaned_allocations, overdrawn_invoices
from billing.services.payment_audit import Action, state_of
from operations.backfill import Backfill, Change, Check, Choice, FindingKind, Occasion, Touch, Unclear, register
from operations.models import BackfillRun

RULE = "legacy_backfill"
LABELS = ("paid", "partially_paid", "unpaid")
OLD = BY_LEGACY_MONEY & Q(deleted_at__isnull=True)


@register
class PaymentAllocations(Backfill):
    """An invoice that predates allocations is given those of the payments that name it, and of what its status says came in."""

    name = "payment_allocations"
    title = "Payment allocations"
    description = (
        "Invoices of the old system say that they are paid, and not by which money. Each is given allocations of the payments "
        "that name it, in the order of their dates; what a paid one lacks becomes one payment marked as reconstructed. "
        "No total changes."
    )
    source = "Seed 001, the PAY-10 migration guide; rule: billing/rules/legacy_money.py"
    noun = "invoices"
    model = Invoice
    writes = ("status", "paid_at", "allocated_cents", "counts_by_allocations")
    inserts = (Payment, Allocation, PaymentAuditLog)
    touches = {Payment: ("allocated_cents",)}
    unclear_verdicts = frozenset({legacy_money.PART_PAID_BY_NOTHING})
    verdict_labels = {
        "write": "count by their allocations from then on",
        legacy_money.PART_PAID_BY_NOTHING: "part-paid, but no payment names it",
    }
    choices = (Choice("keep", "Keep as it is: nothing came in, all of it is asked for"),)
    evidence_labels = {"paid_at": "Paid, it says", "legacy_payments_cents": "Its payments"}

    def candidates(self) -> QuerySet:
        return Invoice.objects.filter(OLD)

    def companions(self, rows: QuerySet) -> Sequence[QuerySet]:
        customers = Customer.objects.filter(pk__in=rows.values("customer")).only("pk")  # only to hold them
        return customers, Payment.objects.filter(invoice__in=rows)

    def gather(self, rows: Sequence[Any], companions: Sequence[Sequence[Any]], occasion: Occasion) -> None:
        """Lay on each invoice the payments that name it, the oldest first."""
        naming = defaultdict(list)
        for payment in sorted(companions[1], key=lambda payment: (payment.received_at, payment.pk)):
            naming[payment.invoice_id].append(payment)
        for row in rows:
            row.naming, row.occasion = naming[row.pk], occasion

    def decide(self, row: Any) -> Change | Unclear:
        usable = [payment for payment in row.naming if _can_pay(payment, row)]
        money = legacy_money.legacy_money(
            status=row.status,
            total_cents=row.total_cents,
            paid_at=row.paid_at,
            asked_at=row.issued_at or row.created_at,
            payments=[(payment.unallocated_cents, payment.received_at) for payment in usable],
        )
        if money is None:
            return Unclear(legacy_money.PART_PAID_BY_NOTHING, {"payments_naming_it": len(row.naming)})
        written = _Written(row, row.occasion)
        for payment, cents in zip(usable, money.shares, strict=True):
            if cents:
                written.pay_by(payment, cents)
        if money.reconstructed_cents and money.dated_at:
            written.pay_by_reconstructed(money.reconstructed_cents, money.dated_at)
        label = legacy_money.kind_of(status=row.status, money=money)
        return Change(_values(row, money), written.inserts, written.touches, label)

    def evidence(self) -> dict[str, Any]:
        return {
            "number": "number",
            "customer": "customer__name",
            "stored_status": "status",
            "total_cents": "total_cents",
            "currency": "currency",
            "paid_at": "paid_at",
            "legacy_payments_cents": legacy_payments_cents(),
        }

    def finding_kinds(self) -> tuple[FindingKind, ...]:
        named = Payment.objects.counting().filter(invoice=OuterRef("pk"))
        idle = Q(status__in=invoice_status.STICKY, deleted_at__isnull=True)
        is_paid = Q(status=invoice_status.PAID)
        return (
            FindingKind(
                "overpaid",
                "overpaid: the rest is credit",
                OLD & Q(GreaterThan(legacy_payments_cents(), F("total_cents"))),
            ),
            FindingKind("paid_without_date", "paid, but does not say since when", OLD & is_paid & Q(paid_at=None)),
            FindingKind(
                "date_without_paid", "says since when it is paid, but is not", OLD & ~is_paid & ~Q(paid_at=None)
            ),
            FindingKind(
                "payment_of_another_customer",
                "named by a payment of another customer: not used",
                OLD & Q(Exists(named.exclude(customer=OuterRef("customer")))),
            ),
            FindingKind(
                "payment_in_another_currency",
                "named by a payment in another currency: not used",
                OLD & Q(Exists(named.exclude(currency=OuterRef("currency")))),
            ),
            FindingKind(
                "payment_of_an_idle_invoice",
                "draft, void or failed, but named by a payment: that is credit",
                idle & Q(Exists(named)),
            ),
        )

    def population(self) -> dict[str, Any]:
        return {
            "invoices_found": Invoice.objects.live(),
            "orphaned_allocations": orphaned_allocations(),
            "negative_balances": overdrawn_invoices(),
        }

    def finishing(self, plan: Any, run: BackfillRun) -> None:
        """Count anew what the guide looks for at the end."""
        for name in ("orphaned_allocations", "negative_balances"):
            rows = self.population()[name].using(plan.scope.using)
            run.counts["population"][name] = rows.of_tenant(plan.scope.tenant).count()
        BackfillRun.objects.using(plan.scope.using).filter(pk=run.pk).update(counts=run.counts)

    def checks(self) -> tuple[Check, ...]:
        return (
            Check(
                "no allocation is orphaned", lambda rows: rows.filter(pk__in=orphaned_allocations().values("invoice"))
            ),
            Check("no invoice is paid beyond its total", lambda rows: rows.filter(pk__in=overdrawn_invoices())),
        )

    def answer(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        population, labels = counts["population"], counts["labels"]
        done = {name: labels.get(name, 0) for name in LABELS}
        return {
            "invoices_found": population.get("invoices_found", 0),
            "paid_backfilled": done["paid"],
            "partially_paid_backfilled": done["partially_paid"],
            "unpaid_recomputed": done["unpaid"],
            "total_processed": sum(done.values()),
            "orphaned_allocations": population.get("orphaned_allocations", 0),
            "negative_balances": population.get("negative_balances", 0),
        }

    def in_words(self, answer: Mapping[str, Any]) -> Iterable[str]:
        """The lines of the migration guide."""
        orphans, negative = answer["orphaned_allocations"], answer["negative_balances"]
        return [
            f"Found {answer['invoices_found']:,} total invoices",
            f"  PAID invoices backfilled: {answer['paid_backfilled']:,}",
            f"  PARTIALLY_PAID invoices backfilled: {answer['partially_paid_backfilled']:,}",
            f"  Unpaid invoices status recomputed: {answer['unpaid_recomputed']:,}",
            f"  Total processed: {answer['total_processed']:,}",
            f"  {orphans:,} orphaned allocations: look with check_books"
            if orphans
            else "  No orphaned allocations found",
            f"  {negative:,} negative balances: look with check_books" if negative else "  No negative balances found",
        ]

    def undo_of(self, run: BackfillRun, using: str) -> Backfill:
        return UndoOfPaymentAllocations(run, using)


class _Written:
    """What comes along with one invoice: its allocations, their payments, and the audit trail of these."""

    def __init__(self, invoice: Any, occasion: Occasion) -> None:
        self.invoice = invoice
        self.occasion = occasion
        self.inserts: list[Any] = []
        self.touches: list[Touch] = []
        self.rank = 0

    def pay_by(self, payment: Payment, cents: int) -> None:
        """Let a payment that is there pay so much of it."""
        before = state_of(payment)
        allocated = payment.allocated_cents + cents
        self.touches.append(Touch(payment, {"allocated_cents": allocated}))
        self._allocate(payment, cents)
        self._audit(payment, Action.ALLOCATED, before, {**before, "allocated_cents": allocated})

    def pay_by_reconstructed(self, cents: int, received_at: datetime) -> None:
        """Make the payment that must have come in, marked as what it is."""
        number = sum(payment.channel == Payment.Channel.LEGACY for payment in self.invoice.naming) + 1
        payment = Payment(
            tenant_id=self.invoice.tenant_id,
            customer_id=self.invoice.customer_id,
            invoice_id=self.invoice.pk,
            amount_cents=cents,
            allocated_cents=cents,
            currency=self.invoice.currency,
            channel=Payment.Channel.LEGACY,
            status=Payment.Status.SUCCEEDED,
            idempotency_key=f"{RULE}:{self.invoice.pk}:{number}",
            reference=f"Reconstructed from invoice {self.invoice.number}",
            received_at=received_at,
        )
        self.inserts.append(payment)
        self._allocate(payment, cents)
        self._audit(payment, Action.CREATED, None, state_of(payment))

    def _allocate(self, payment: Payment, cents: int) -> None:
        self.rank += 1
        self.inserts.append(
            Allocation(
                tenant_id=self.invoice.tenant_id,
                payment_id=payment.pk,
                invoice_id=self.invoice.pk,
                amount_cents=cents,
                rule=RULE,
                rank=self.rank,
                reason=self.occasion.reason,
                created_by_id=self.occasion.actor_id,
            )
        )

    def _audit(self, payment: Payment, action: str, before: Any, after: Any) -> None:
        self.inserts.append(
            PaymentAuditLog(
                tenant_id=payment.tenant_id,
                payment_id=payment.pk,
                action=action,
                performed_by_id=self.occasion.actor_id,
                previous_state=before,
                new_state=after,
                notes=self.occasion.reason,
            )
        )


def _can_pay(payment: Payment, invoice: Invoice) -> bool:
    """Whether it is money of the same customer in the same currency; the others are findings."""
    is_theirs = payment.customer_id == invoice.customer_id and payment.currency == invoice.currency
    return is_theirs and payment.is_money and payment.unallocated_cents > 0


def _values(invoice: Any, money: LegacyMoney) -> dict[str, Any]:
    status = invoice_status.invoice_status(
        status=invoice.status,
        total_cents=invoice.total_cents,
        paid_cents=money.paid_cents,
        due_at=invoice.due_at,
        now=invoice.occasion.now,
    )
    paid_at = money.dated_at if status == invoice_status.PAID else None
    return {
        "status": status,
        "paid_at": paid_at,
        "allocated_cents": money.paid_cents,
        "counts_by_allocations": True,
    }
