"""Invoices: what a customer is asked to pay, by when, for what, and what is paid of it."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.ids import new_id
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import OFFICE
from billing.models import invoice_sql
from billing.rules import invoice_status as rule


class InvoiceQuerySet(TenantQuerySet):
    """Invoices, chained like a sentence: `Invoice.objects.for_user(user).live().in_status("OVERDUE", now=now)`.

    What annotates is typed Any: a type checker does not see the columns that it adds.
    """

    def visible_to_role(self, user: Any) -> Self:
        """The office sees all invoices of its business; others none."""
        return self if user.role in OFFICE else self.none()

    def live(self) -> Self:
        """Invoices that were not deleted; drafts and void ones are among them."""
        return self.filter(deleted_at__isnull=True)

    def asking(self) -> Self:
        """Invoices that ask for money: not deleted, and neither draft nor void nor failed."""
        return self.live().exclude(status__in=rule.STICKY)

    def by_allocations(self) -> Self:
        """Invoices whose own columns tell what is paid: all but those that `by_legacy_money()` finds."""
        return self.filter(invoice_sql.BY_ALLOCATIONS)

    def by_legacy_money(self) -> Self:
        """Invoices of the old system whose allocations are not written yet; the candidates of the allocation backfill."""
        return self.filter(invoice_sql.BY_LEGACY_MONEY)

    def with_money(self, *, legacy: bool = True) -> Any:
        """Annotate `paid_cents` and `balance_now_cents`: the one definition of what is paid and what is left, as SQL.

        A report over a million rows asks `by_allocations().with_money(legacy=False)` and `by_legacy_money().with_money()` apart:
        together they are the whole, and the first, nearly all rows, is a plain sum of columns.
        """
        paid = self.annotate(paid_cents=invoice_sql.paid_cents() if legacy else F("allocated_cents"))
        return paid.annotate(balance_now_cents=invoice_sql.balance_cents())

    def with_status(self, now: datetime, *, legacy: bool = True) -> Any:
        """Annotate `computed_status` at this moment, and what `with_money` does."""
        return self.with_money(legacy=legacy).annotate(computed_status=invoice_sql.computed_status(now))

    def in_status(self, *statuses: str, now: datetime) -> Any:
        """Keep invoices whose status at this moment is one of these, annotated as by `with_status`."""
        return self.with_status(now).filter(invoice_sql.has_status(statuses, now))

    def newest_first(self) -> Self:
        """Order by issue, the newest first; the id decides between equals, so that pages never overlap."""
        return self.order_by("-issued_at", "-id")

    def oldest_due_first(self) -> Self:
        """Order in which money is applied when nobody chooses: by due date (none comes last), then number, then id."""
        return self.order_by(F("due_at").asc(nulls_last=True), "series", "sequence", "number", "id")


class Invoice(TenantOwned):
    """What was this customer asked to pay, by when, and what is paid of it?

    *Money*: asks for `total_cents`, of which `allocated_cents` is paid: `credited_cents` of that by credits (credit notes,
    write-offs), the rest by payments. `status` and `paid_at` are the last answer of `billing.rules.invoice_status`, rewritten
    with every allocation; lists ask again, by `Invoice.objects.with_status(now)`, because time makes invoices overdue.
    Written by `billing.services`. A row of the old system has `counts_by_allocations` False and no `series`: it counts by its
    legacy money until the allocation backfill or a service writes it. A draft has no number; a deleted row keeps its own.
    `bills_period`: made for its whole period by the generator of invoices, which makes one per customer, source and period.
    """

    class Source(models.TextChoices):
        DUES = "DUES", "Dues"
        EVENT = "EVENT", "Event"
        DONATION = "DONATION", "Donation"
        SALES = "SALES", "Sales"
        SUBSCRIPTION = "SUBSCRIPTION", "Subscription"
        USAGE = "USAGE", "Usage"
        OTHER = "OTHER", "Other"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ISSUED = "ISSUED", "Issued"
        PARTIALLY_PAID = "PARTIALLY_PAID", "Part-paid"
        PAID = "PAID", "Paid"
        OVERDUE = "OVERDUE", "Overdue"
        VOID = "VOID", "Void"
        FAILED = "FAILED", "Failed"

    number = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - drafts have none, NULL never collides
    series = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    sequence = models.BigIntegerField(null=True, blank=True, editable=False)
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, choices=Source)
    status = models.CharField(max_length=14, choices=Status, default=Status.DRAFT)
    description = models.CharField(max_length=200, blank=True, default="", db_default="")
    total_cents = models.BigIntegerField()
    allocated_cents = models.BigIntegerField(default=0, editable=False)
    credited_cents = models.BigIntegerField(default=0, db_default=0, editable=False)
    counts_by_allocations = models.BooleanField(default=False, db_default=False, editable=False)
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    bills_period = models.BooleanField(default=False, db_default=False, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InvoiceQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "invoices"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="invoice_number_is_unique_per_tenant"),
            models.UniqueConstraint(fields=["tenant", "series", "sequence"], name="invoice_sequence_is_used_once"),
            models.UniqueConstraint(
                fields=["customer", "source", "period_start", "period_end"],
                condition=Q(bills_period=True, deleted_at__isnull=True) & ~Q(status="VOID"),
                name="period_is_invoiced_once",
            ),
            models.CheckConstraint(
                condition=Q(allocated_cents__gte=0) & Q(allocated_cents__lte=F("total_cents")),
                name="invoice_is_not_overpaid",
            ),
            models.CheckConstraint(
                condition=Q(credited_cents__gte=0) & Q(credited_cents__lte=F("allocated_cents")),
                name="invoice_credits_are_part_of_what_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(allocated_cents=0) | (Q(deleted_at__isnull=True) & ~Q(status__in=rule.STICKY)),
                name="invoice_that_asks_nothing_holds_no_money",
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT") | Q(number__isnull=False), name="invoice_is_numbered_once_issued"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-issued_at", "-id"],
                name="invoices_newest_first",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["tenant", "status", "-issued_at", "-id"],
                name="invoices_by_status",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(fields=["customer", "due_at", "id"], name="invoices_of_a_customer"),
            models.Index(
                fields=["tenant", "id"],
                name="invoices_by_legacy_money",
                condition=Q(counts_by_allocations=False, allocated_cents=0),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {str(self.pk)[-6:]}"

    @property
    def is_asking(self) -> bool:
        """Whether it asks for money: neither deleted nor draft, void or failed."""
        return self.deleted_at is None and self.status not in rule.STICKY

    @property
    def balance_cents(self) -> int:
        """What its allocations leave to pay. A row of the old system: ask `with_money()`, which knows its legacy money."""
        return rule.balance_cents(status=self.status, total_cents=self.total_cents, paid_cents=self.allocated_cents)

    def status_at(self, now: datetime) -> str:
        """Its status at a moment, by its allocations."""
        return rule.invoice_status(
            status=self.status,
            total_cents=self.total_cents,
            paid_cents=self.allocated_cents,
            due_at=self.due_at,
            now=now,
        )


class InvoiceLine(models.Model):
    """For what, how much, and which row of which table is billed by it (`source_kind`, `source_id`)?

    *Money*: `total_cents` with tax, of which `tax_cents` is tax. A source is on one live line at most: nothing is billed twice;
    `is_live` is false once the invoice is void or deleted, which frees the source. Written with the invoice by
    `billing.services`; only `is_live` changes, as the invoice says.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=15, decimal_places=3, default=1)
    unit_price_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    tax_rate_bps = models.PositiveIntegerField(default=0)
    tax_cents = models.BigIntegerField(default=0)
    source_kind = models.CharField(max_length=40, blank=True, default="")
    source_id = models.UUIDField(null=True, blank=True)
    is_live = models.BooleanField(default=True)

    history = History()

    class Meta:
        db_table = "invoice_lines"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_kind", "source_id"], condition=Q(is_live=True), name="source_is_billed_once"
            ),
            models.CheckConstraint(
                condition=(Q(source_kind="") & Q(source_id__isnull=True))
                | (~Q(source_kind="") & Q(source_id__isnull=False)),
                name="invoice_line_source_is_whole",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="invoice_line_quantity_is_positive"),
            models.CheckConstraint(
                condition=Q(unit_price_cents__gte=0)
                & Q(total_cents__gte=0)
                & Q(tax_cents__gte=0)
                & Q(tax_cents__lte=F("total_cents")),
                name="invoice_line_cents_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.description}"
