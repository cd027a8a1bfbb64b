"""Addresses of the dairy round, and of internet plans, under /api/."""

from django.urls import URLPattern, path

from subscriptions.api import (
    confirmations,
    deliveries,
    internet_plans,
    invoicing,
    orders,
    outstanding_report,
    plan_subscriptions,
    products,
    reports,
    standing_orders,
    usage,
)

SUBSCRIPTIONS = "v1/services/internet-plans/subscriptions"
ONE = f"{SUBSCRIPTIONS}/<uuid:pk>"

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
    path("dairy/reports/outstanding", outstanding_report.OutstandingReport.as_view(), name="report-outstanding"),
    path("dairy/reports/statement", reports.StatementReport.as_view(), name="report-statement"),
    path("dairy/reports/collection", reports.CollectionReport.as_view(), name="report-collection"),
    path("dairy/reports/performance", reports.PerformanceReport.as_view(), name="report-performance"),
    path("dairy/reports/production", reports.ProductionReport.as_view(), name="report-production"),
    path("dairy/reports/statement/pdf", reports.PrintedStatement.as_view(), name="report-statement-pdf"),
    path("dairy/reports/route-sheet/pdf", reports.PrintedRouteSheet.as_view(), name="report-route-sheet-pdf"),
    path("dairy/reports/route-sheet", reports.RouteSheetReport.as_view(), name="report-route-sheet"),
    path("v1/services/internet-plans/plans", internet_plans.InternetPlans.as_view(), name="internet-plans"),
    path("v1/services/internet-plans/plans/<uuid:pk>", internet_plans.OneInternetPlan.as_view(), name="internet-plan"),
    path("v1/services/subscribers", internet_plans.Subscribers.as_view(), name="subscribers"),
    path("v1/services/subscribers/<str:pk>", internet_plans.OneSubscriber.as_view(), name="subscriber"),
    path("v1/services/subscribers/<str:pk>/usage", usage.LineUsage.as_view(), name="subscriber-usage"),
    path("v1/services/usage-records", usage.UsageRecords.as_view(), name="usage-records"),
    path(SUBSCRIPTIONS, plan_subscriptions.PlanSubscriptions.as_view(), name="plan-subscriptions"),
    path(ONE, plan_subscriptions.OnePlanSubscription.as_view(), name="plan-subscription"),
    path(f"{ONE}/history", plan_subscriptions.PlanSubscriptionHistory.as_view(), name="plan-subscription-history"),
    path(f"{ONE}/usage", usage.SubscriptionUsage.as_view(), name="plan-subscription-usage"),
    path(f"{ONE}/suspend", plan_subscriptions.Suspension.as_view(), name="plan-subscription-suspend"),
    path(f"{ONE}/resume", plan_subscriptions.Resumption.as_view(), name="plan-subscription-resume"),
    path(f"{ONE}/end", plan_subscriptions.End.as_view(), name="plan-subscription-end"),
    path(f"{ONE}/move", plan_subscriptions.Move.as_view(), name="plan-subscription-move"),
    path(f"{ONE}/change-plan", plan_subscriptions.PlanChange.as_view(), name="plan-subscription-change-plan"),
    path(f"{ONE}/change-cap", plan_subscriptions.CapChange.as_view(), name="plan-subscription-change-cap"),
    path(f"{ONE}/link", plan_subscriptions.Link.as_view(), name="plan-subscription-link"),
    path(f"{ONE}/confirm-link", plan_subscriptions.Confirmation.as_view(), name="plan-subscription-confirm-link"),
]
