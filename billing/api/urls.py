"""Addresses of everything with an amount, and of routes, under /api/."""

from django.urls import path

from billing.api import (
    accountability,
    backfills,
    customers,
    finance,
    history,
    invoice_steps,
    invoices,
    payment_steps,
    payments,
    route_life,
    routes,
    sales,
)

urlpatterns = [
    path("routes", routes.Routes.as_view(), name="routes"),
    path("routes/<uuid:pk>", routes.OneRoute.as_view(), name="route"),
    path("routes/<uuid:pk>/start", route_life.RouteStart.as_view(), name="route-start"),
    path("routes/<uuid:pk>/complete", route_life.RouteCompletion.as_view(), name="route-complete"),
    path("routes/<uuid:pk>/reopen", route_life.RouteReopening.as_view(), name="route-reopen"),
    path("routes/<uuid:pk>/reassign", route_life.RouteReassignment.as_view(), name="route-reassign"),
    path("routes/<uuid:pk>/reconcile", routes.Reconciliation.as_view(), name="route-reconcile"),
    path("routes/<uuid:pk>/sales", routes.SalesOfRoute.as_view(), name="route-sales"),
    path("routes/<uuid:pk>/history", history.RouteHistory.as_view(), name="route-history"),
    path("billing/customers", customers.Customers.as_view(), name="customers"),
    path("billing/customers/<uuid:pk>", customers.OneCustomer.as_view(), name="customer"),
    path("billing/customers/<uuid:pk>/outstanding", customers.Outstanding.as_view(), name="customer-outstanding"),
    path("billing/customers/<uuid:pk>/statement", customers.Statement.as_view(), name="customer-statement"),
    path("billing/sales", sales.Sales.as_view(), name="sales"),
    path("billing/sales/<uuid:pk>", sales.OneSale.as_view(), name="sale"),
    path("billing/sales/<uuid:pk>/returns", sales.SaleReturns.as_view(), name="sale-returns"),
    path("billing/sales/<uuid:pk>/cancel", sales.SaleCancellation.as_view(), name="sale-cancel"),
    path("billing/sales/<uuid:pk>/history", history.SaleHistory.as_view(), name="sale-history"),
    path("billing/payments", payments.Payments.as_view(), name="payments"),
    path("billing/payments/<uuid:pk>", payments.OnePayment.as_view(), name="payment"),
    path("billing/payments/<uuid:pk>/approve", payment_steps.PaymentApproval.as_view(), name="payment-approve"),
    path("billing/payments/<uuid:pk>/reject", payment_steps.PaymentRejection.as_view(), name="payment-reject"),
    path("billing/payments/<uuid:pk>/reverse", payment_steps.PaymentReversal.as_view(), name="payment-reverse"),
    path("billing/payments/<uuid:pk>/history", history.PaymentHistory.as_view(), name="payment-history"),
    path("billing/admin/finance/summary", finance.FinanceSummary.as_view(), name="finance-summary"),
    path("billing/invoices/tenant", invoices.Invoices.as_view(), name="invoices"),
    path("billing/invoices", invoices.InvoiceDrafts.as_view(), name="invoice-drafts"),
    path("billing/invoices/<uuid:pk>", invoices.OneInvoice.as_view(), name="invoice"),
    path("billing/invoices/<uuid:pk>/issue", invoice_steps.InvoiceIssue.as_view(), name="invoice-issue"),
    path("billing/invoices/<uuid:pk>/void", invoice_steps.InvoiceVoid.as_view(), name="invoice-void"),
    path("billing/invoices/<uuid:pk>/recover", invoice_steps.InvoiceRecovery.as_view(), name="invoice-recover"),
    path(
        "billing/invoices/<uuid:pk>/credit-note", invoice_steps.InvoiceCreditNote.as_view(), name="invoice-credit-note"
    ),
    path("billing/invoices/<uuid:pk>/write-off", invoice_steps.InvoiceWriteOff.as_view(), name="invoice-write-off"),
    path("billing/invoices/<uuid:pk>/history", history.InvoiceHistory.as_view(), name="invoice-history"),
    path("accountability", accountability.Accountability.as_view(), name="accountability"),
    path("users/<uuid:pk>/accountability", accountability.AccountabilityOfUser.as_view(), name="user-accountability"),
    path(
        "admin/backfill-payment-route-id", backfills.BackfillPaymentRouteId.as_view(), name="backfill-payment-route-id"
    ),
]
