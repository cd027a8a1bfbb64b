"""Addresses of the dairy round, under /api/."""

from django.urls import URLPattern, path

from subscriptions.api import confirmations, deliveries, invoicing, orders, products, standing_orders

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
]
