"""Addresses of the dairy round, under /api/."""

from django.urls import URLPattern, path

from subscriptions.api import confirmations, deliveries, invoicing, orders, products, reports, standing_orders

urlpatterns: list[URLPattern] = [
    path("dairy/products", products.Products.as_view(), name="products"),
    path("dairy/products/<uuid:pk>/prices", products.ProductPrices.as_view(), name="product-prices"),
    path("dairy/standing-orders", standing_orders.StandingOrders.as_view(), name="standing-orders"),
    path("dairy/standing-orders/<uuid:pk>", standing_orders.OneStandingOrder.as_view(), name="standing-order"),
    path("dairy/standing-orders/<uuid:pk>/end", standing_orders.StandingOrderEnd.as_view(), name="standing-order-end"),
    path(
        "dairy/standing-orders/<uuid:pk>/changes",
        standing_orders.StandingOrderChanges.as_view(),
        name="standing-order-changes",
    ),
    path("dairy/standing-order-changes/<uuid:pk>/end", standing_orders.ChangeEnd.as_view(), name="change-end"),
    path(
        "dairy/standing-order-changes/<uuid:pk>/withdraw",
        standing_orders.ChangeWithdrawal.as_view(),
        name="change-withdraw",
    ),
    path("dairy/orders", orders.Orders.as_view(), name="daily-orders"),
    path("dairy/orders/generate", orders.Generation.as_view(), name="generate-orders"),
    path("dairy/orders/<uuid:pk>/not-delivered", confirmations.NonDelivery.as_view(), name="order-not-delivered"),
    path("dairy/deliveries", deliveries.Deliveries.as_view(), name="deliveries"),
    path("dairy/deliveries/confirm", confirmations.Confirmation.as_view(), name="confirm-deliveries"),
    path("dairy/deliveries/<uuid:pk>/correct", deliveries.DeliveryCorrection.as_view(), name="delivery-correct"),
    path("dairy/deliveries/<uuid:pk>/cancel", deliveries.DeliveryCancellation.as_view(), name="delivery-cancel"),
    path("billing/invoices/generate", invoicing.InvoiceGeneration.as_view(), name="generate-invoices"),
    path("dairy/reports/outstanding", reports.OutstandingReport.as_view(), name="report-outstanding"),
    path("dairy/reports/statement", reports.StatementReport.as_view(), name="report-statement"),
    path("dairy/reports/collection", reports.CollectionReport.as_view(), name="report-collection"),
    path("dairy/reports/performance", reports.PerformanceReport.as_view(), name="report-performance"),
    path("dairy/reports/production", reports.ProductionReport.as_view(), name="report-production"),
    path("dairy/reports/statement/pdf", reports.PrintedStatement.as_view(), name="report-statement-pdf"),
    path("dairy/reports/route-sheet/pdf", reports.PrintedRouteSheet.as_view(), name="report-route-sheet-pdf"),
    path("dairy/reports/route-sheet", reports.RouteSheetReport.as_view(), name="report-route-sheet"),
]
