"""Invoices on paper, and how a document to print is answered."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.door import Door
from accounts.roles import OFFICE
from billing.models import Invoice
from billing.printing.invoice import printed_invoice
from operations.api.findings import JsonOrCsv

PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


def printed(pdf: bytes, name: str) -> HttpResponse:
    """A document to print."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


class PrintedInvoice(Door):
    """An invoice on paper."""

    readers = OFFICE
    content_negotiation_class = JsonOrCsv

    @extend_schema(responses=PDF)
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """An invoice as PDF to print: A4, every line, the tax in it, what is paid and what is still to pay."""
        invoice = self.row(self.rows(Invoice).live(), pk)  # type: ignore[attr-defined]
        return printed(printed_invoice(invoice, now=timezone.now()), f"invoice-{invoice}".replace(" ", "-"))
