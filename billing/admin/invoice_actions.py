"""What the office does with an invoice: issue it, make it void, correct it, give it up, delete it and bring it back."""

from typing import Any

from django import forms

from accounts.admin import ReasonForm, RowAction, row_action
from billing.admin.invoice_card import asks
from billing.admin.money import AmountField, grouped
from billing.models import Invoice
from billing.rules import invoice_status as rule
from billing.services import (
    delete_invoice,
    issue_credit_note,
    issue_invoice,
    recover_invoice,
    void_invoice,
    write_off_invoice,
)
from billing.services.invoices import DUE_IN_DAYS, LONGEST_DUE_DAYS

MOVE = "billing.move_invoice"
CORRECT = "billing.correct_invoice"


class IssueForm(forms.Form):
    """By when it is to be paid."""

    due_in_days = forms.IntegerField(
        label="Days to pay",
        min_value=0,
        max_value=LONGEST_DUE_DAYS,
        initial=DUE_IN_DAYS,
        help_text="It is due at the end of that day, where the business is.",
    )


@row_action(Invoice, "issue", permission=MOVE)
class IssueInvoice(RowAction):
    """It asks for its money."""

    label, done, is_main = "Issue…", "The invoice is issued: it has its number and asks for its money.", True
    means = (
        "The invoice gets its number and asks for its money. What was paid for the sales on it before moves to it. It cannot "
        "become a draft again; it can be made void."
    )

    @classmethod
    def is_offered(cls, row: Invoice) -> bool:
        return row.status == rule.DRAFT and row.deleted_at is None

    def make_form(self, data: Any = None) -> forms.Form:
        form = IssueForm(data)
        if self.row.due_at is not None:  # the draft says itself when it is due
            del form.fields["due_in_days"]
        return form

    def act(self, row: Invoice, values: dict[str, Any]) -> None:
        issue_invoice(actor=self.request.user, invoice=row, now=self.now, **values)


class CreditNoteForm(ReasonForm):
    """How much is given back, and why."""

    amount_cents = AmountField(label="Amount")
    field_order = ("amount_cents", "reason")

    def __init__(self, data: Any, invoice: Any) -> None:
        super().__init__(data)
        left = f"{grouped(invoice.balance_now_cents, invoice.currency)} {invoice.currency}"
        self.fields["amount_cents"].in_currency(invoice.currency, f". Still to pay: {left}")


@row_action(Invoice, "credit-note", permission=CORRECT)
class IssueCreditNote(RowAction):
    """Part of it is given back."""

    label, done = "Credit note…", "The credit note is issued."
    means = (
        "A credit note gives part of the invoice back. It pays what is still open of it; what is beyond that is the customer's "
        "credit. It counts as collected by nobody."
    )

    @classmethod
    def is_offered(cls, row: Invoice) -> bool:
        return asks(row) and row.total_cents > 0

    def make_form(self, data: Any = None) -> CreditNoteForm:
        return CreditNoteForm(data, self.row)

    def act(self, row: Invoice, values: dict[str, Any]) -> None:
        issue_credit_note(actor=self.request.user, invoice=row, now=self.now, **values)


@row_action(Invoice, "write-off", permission=CORRECT)
class WriteOffInvoice(RowAction):
    """It will never be paid."""

    label, done = "Write off…", "What was open of the invoice is written off."
    means = (
        "What is still open is given up: the invoice asks for nothing more, and nobody collected it. When the customer pays "
        "after all, void the write-off under Credits."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Any) -> bool:
        return asks(row) and row.balance_now_cents > 0

    def act(self, row: Invoice, values: dict[str, Any]) -> None:
        write_off_invoice(actor=self.request.user, invoice=row, now=self.now, **values)


@row_action(Invoice, "void", permission=MOVE)
class VoidInvoice(RowAction):
    """It asks for nothing any more."""

    label, done = "Make void…", "The invoice is void: it asks for nothing."
    means = (
        "The invoice asks for nothing any more, for good. What was paid for it is the customer's again, and what it billed can "
        "be billed anew. It keeps its number and stays in the books with your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Invoice) -> bool:
        return asks(row)

    def act(self, row: Invoice, values: dict[str, Any]) -> None:
        void_invoice(actor=self.request.user, invoice=row, now=self.now, **values)


@row_action(Invoice, "delete", permission=MOVE)
class DeleteInvoice(RowAction):
    """Out of the lists."""

    label, done = "Delete…", "The invoice is deleted; it can be recovered from the list of deleted ones."
    means = (
        "The invoice leaves all lists and what it billed is free again. Its number stays used, and it can be recovered. While "
        "money or a credit note lies on it, it cannot be deleted: make it void."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Invoice) -> bool:
        return row.deleted_at is None and not row.allocated_cents

    def act(self, row: Invoice, values: dict[str, Any]) -> None:
        delete_invoice(actor=self.request.user, invoice=row, now=self.now, **values)


@row_action(Invoice, "recover", permission=MOVE)
class RecoverInvoice(RowAction):
    """Back into the lists."""

    label, done, is_main = "Recover…", "The invoice is back as it was.", True
    means = "The invoice comes back as it was, with what it bills; unless another invoice bills that by now."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Invoice) -> bool:
        return row.deleted_at is not None

    def act(self, row: Invoice, values: dict[str, Any]) -> None:
        recover_invoice(actor=self.request.user, invoice=row, now=self.now, **values)
