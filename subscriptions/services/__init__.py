"""What is written about the dairy round and about internet plans.

Of the round: `products`, `standing_orders`, `orders` of a day, `deliveries`, `invoicing` of a period; `orderable` says what may
be ordered. Of internet plans: `plan_subscriptions` (with plans and lines), `usage` that comes in, and `usage_billing` and
`cap_alerts`, which take turns by `usage_passes` and tell whom they skipped by `pass_counts`. `checks` is what both refuse.
"""

from subscriptions.services.deliveries import (
    add_delivery,
    cancel_delivery,
    confirm_deliveries,
    confirm_delivery,
    confirm_orders,
    correct_delivery,
    mark_not_delivered,
)
from subscriptions.services.invoicing import invoice_period, run_invoicing, start_invoicing
from subscriptions.services.orders import (
    DayTooFar,
    NoPriceOnThatDay,
    OrderIsSettled,
    generate_orders,
    order_for_a_day,
    preview_generation,
    withdraw_order,
)
from subscriptions.services.plan_subscriptions import (
    change_plan,
    confirm_link,
    create_plan,
    create_plan_subscription,
    create_subscriber,
    delete_subscriber,
    end_plan_subscription,
    link_subscriber,
    move_to_subscriber,
    resume_plan_subscription,
    set_data_cap,
    suspend_plan_subscription,
    update_plan,
)
from subscriptions.services.products import ProductCodeTaken, create_product, set_price, set_product_active
from subscriptions.services.standing_orders import (
    ChangeIsWithdrawn,
    ChangeOutsideStandingOrder,
    StandingOrdersOverlap,
    change_standing_order,
    end_change,
    end_standing_order,
    start_standing_order,
    withdraw_change,
)

__all__ = [
    "ChangeIsWithdrawn",
    "ChangeOutsideStandingOrder",
    "DayTooFar",
    "NoPriceOnThatDay",
    "OrderIsSettled",
    "ProductCodeTaken",
    "StandingOrdersOverlap",
    "add_delivery",
    "cancel_delivery",
    "change_plan",
    "change_standing_order",
    "confirm_deliveries",
    "confirm_delivery",
    "confirm_link",
    "confirm_orders",
    "correct_delivery",
    "create_plan",
    "create_plan_subscription",
    "create_product",
    "create_subscriber",
    "delete_subscriber",
    "end_change",
    "end_plan_subscription",
    "end_standing_order",
    "generate_orders",
    "invoice_period",
    "link_subscriber",
    "mark_not_delivered",
    "move_to_subscriber",
    "order_for_a_day",
    "preview_generation",
    "resume_plan_subscription",
    "run_invoicing",
    "set_data_cap",
    "set_price",
    "set_product_active",
    "start_invoicing",
    "start_standing_order",
    "suspend_plan_subscription",
    "update_plan",
    "withdraw_change",
    "withdraw_order",
]
