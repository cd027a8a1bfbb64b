"""What becomes of an invoice: issued, void, deleted with others, recovered, given back in part, or given up."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, Moment, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import OFFICE
from billing import services
from billing.api.bulk_operations import BulkOperationDetail
from billing.api.fields import Cents
from billing.api.invoice_answers import CorrectionAnswer, CorrectionCredit, InvoiceAnswer
from billing.api.invoices import invoice_as_stored
from billing.api.payment_steps import ReasonForm
from billing.models import Credit, Invoice
from billing.selectors.bulk_operations import operation_with_items
from billing.services.invoice_deletion import MOST_INVOICES
from billing.services.invoices import LONGEST_DUE_DAYS


class RemarkForm(StrictSerializer):
    """Why, if there is something to say."""

    reason = Text(max_length=2000, required=False, allow_blank=True)


class IssueForm(StrictSerializer):
    """By when it is to be paid. Nothing said: as the draft says, or 14 days."""

    issued_at = Moment(required=False)
    due_at = Moment(required=False)
    due_in_days = serializers.IntegerField(min_value=0, max_value=LONGEST_DUE_DAYS, required=False)


class CreditNoteForm(StrictSerializer):
    """How much is given back, and why."""

    amount_cents = Cents()
    reason = Text(max_length=2000)


class InvoiceIssue(Door):
    """A draft becomes an invoice."""

    writers = OFFICE

    @extend_schema(request=IssueForm, responses={200: InvoiceAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Issue a draft: it gets its number and due date, and asks in the place of the sales on it."""
        form = self.body(IssueForm)
        issued = services.issue_invoice(actor=request.user, invoice=self.find(Invoice, pk), now=timezone.now(), **form)
        return Response(invoice_as_stored(issued))


class InvoiceVoid(Door):
    """An invoice that asks no more."""

    writers = OFFICE

    @extend_schema(request=ReasonForm, responses={200: InvoiceAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Void an issued invoice for good: its money is the customer's again, and what it billed can be billed anew."""
        void = services.void_invoice(
            actor=request.user, invoice=self.find(Invoice, pk), now=timezone.now(), **self.body(ReasonForm)
        )
        return Response(invoice_as_stored(void))


class InvoiceRecovery(Door):
    """A deleted invoice comes back."""

    writers = OFFICE

    @extend_schema(request=RemarkForm, responses={200: InvoiceAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted invoice back as it was; refused when what it bills was billed again meanwhile."""
        recovered = services.recover_invoice(
            actor=request.user, invoice=self.find(Invoice, pk), now=timezone.now(), **self.body(RemarkForm)
        )
        return Response(invoice_as_stored(recovered))


class InvoiceCreditNote(Door):
    """Part of an invoice is given back."""

    writers = OFFICE

    @extend_schema(request=CreditNoteForm, responses={201: CorrectionAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Give part of an invoice back: the note pays what is open of it, the rest is the customer's credit."""
        invoice = self.find(Invoice, pk)
        note = services.issue_credit_note(
            actor=request.user, invoice=invoice, now=timezone.now(), **self.body(CreditNoteForm)
        )
        return Response(correction(note, invoice), status=status.HTTP_201_CREATED)


class InvoiceWriteOff(Door):
    """What is open of an invoice is given up."""

    writers = OFFICE

    @extend_schema(request=ReasonForm, responses={201: CorrectionAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Give up what is open of an invoice. Voiding the credit that is answered takes this back."""
        invoice = self.find(Invoice, pk)
        credit = services.write_off_invoice(
            actor=request.user, invoice=invoice, now=timezone.now(), **self.body(ReasonForm)
        )
        return Response(correction(credit, invoice), status=status.HTTP_201_CREATED)


class DeletionForm(StrictSerializer):
    """Which invoices, and why."""

    invoice_ids = serializers.ListField(child=Key(), allow_empty=False, max_length=MOST_INVOICES)
    reason = Text(max_length=2000)


class InvoiceDeletions(Door):
    """Many invoices are deleted."""

    writers = OFFICE

    @extend_schema(request=DeletionForm, responses={201: BulkOperationDetail})
    @idempotent_when_keyed
    def post(self, request: Request) -> Response:
        """Delete invoices, each with its own result; if money lies on any of them, none is deleted."""
        form = self.body(DeletionForm)
        invoices = [self.find(Invoice, pk, name="invoice_ids") for pk in form["invoice_ids"]]
        done = services.delete_invoices(
            actor=request.user, invoices=invoices, reason=form["reason"], now=timezone.now()
        )
        return Response(operation_with_items(done), status=status.HTTP_201_CREATED)


def correction(credit: Credit, invoice: Invoice) -> dict[str, Any]:
    """The credit that corrects, and the invoice as it then stands."""
    return {"credit": CorrectionCredit(credit).data, "invoice": invoice_as_stored(invoice)}
