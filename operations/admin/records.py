"""Pages of book checks, backups and maintenance. What concerns the whole installation superusers alone see."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from accounts.admin import AuditAdmin, Card, Figure, State
from operations.models import BackupRecord, BooksCheck, Maintenance
from operations.selectors.maintenance import frozen_words, whose


def books_state(check: BooksCheck) -> State:
    """Whether the books held."""
    return State("All hold", "success") if check.all_hold else State("Broken", "danger")


@admin.register(BooksCheck)
class BooksCheckAdmin(AuditAdmin):
    """Book checks: when the books were last proved, and which invariants held."""

    tenant_path = "tenant"

    list_display = ["created_at", "state", "invariants", "duration"]
    list_filter = ["all_hold"]
    empty_says = "A line appears with every check_books, from the terminal or every hour by the worker."

    def card(self, request: HttpRequest, row: BooksCheck) -> Card:
        seconds = f"{row.duration_seconds:,.1f} s"
        figures = [Figure("Invariants", str(len(row.results))), Figure("Took", seconds)]
        return Card(what="A proof of the books, invariant by invariant.", state=books_state(row), figures=figures)

    @display(description="Books")
    def state(self, row: BooksCheck) -> State:
        return books_state(row)

    @display(description="Invariants")
    def invariants(self, row: BooksCheck) -> int:
        return len(row.results)

    @display(description="Took")
    def duration(self, row: BooksCheck) -> str:
        return f"{row.duration_seconds:,.1f} s"


@admin.register(BackupRecord)
class BackupRecordAdmin(AuditAdmin):
    """Backups: which files were made, and whether each one was really restored once."""

    list_display = ["created_at", "database", "file_name", "state", "verified_at"]
    empty_says = "A line appears with every backup_database."

    @display(description="State")
    def state(self, row: BackupRecord) -> State:
        return State("Restored once", "success") if row.verified_at else State("Never restored", "warning")


@admin.register(Maintenance)
class MaintenanceAdmin(AuditAdmin):
    """Times of maintenance: whose writes were frozen, when, by whom and why."""

    list_display = ["started_at", "state", "whose", "reason", "started_by", "ended_at"]
    list_select_related = ["tenant", "started_by"]
    empty_says = "A line appears when maintenance is turned on: on the page Maintenance, or from the terminal."

    def card(self, request: HttpRequest, row: Maintenance) -> Card:
        """What was frozen, and for how long."""
        if row.ended_at is None:
            return Card(what=frozen_words(row, timezone.now()), state=maintenance_state(row))
        minutes = (row.ended_at - row.started_at).total_seconds() / 60
        return Card(
            what=f"Writes of {whose(row)} were frozen. Why: {row.reason.rstrip('.')}.",
            state=maintenance_state(row),
            figures=[Figure("Minutes", f"{minutes:,.0f}")],
        )

    @display(description="State")
    def state(self, row: Maintenance) -> State:
        """Whether it goes on."""
        return maintenance_state(row)

    @display(description="Whose")
    def whose(self, row: Maintenance) -> str:
        """The business, or all."""
        return whose(row)


def maintenance_state(row: Maintenance) -> State:
    """Whether it goes on."""
    return State("Frozen", "warning") if row.ended_at is None else State("Over")
