"""The ledger as a CSV file, narrowed as the list is; written while it is sent, without a limit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, StreamingHttpResponse

from accounts.admin import StaffPage, staff_page
from cashback.models import CashbackTransaction
from cashback.selectors.ledger_rows import ledger_csv_lines


@staff_page("cashback/ledger.csv", name="cashback-ledger-file")
class LedgerFile(StaffPage):
    """All the rows of the list, whichever of its pages is open."""

    permission_required = "cashback.view_cashbacktransaction"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        pages = admin.site._registry[CashbackTransaction]
        rows = pages.get_changelist_instance(request).get_queryset(request)
        lines = ledger_csv_lines(request.user, rows.select_related("from_user", "to_user", "created_by_user", "tenant"))
        name = {"Content-Disposition": 'attachment; filename="cashback-ledger.csv"'}
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=name)
