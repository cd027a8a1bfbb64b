"""Tables of standing orders and of what is delivered by them, and of internet plans and what is used on them."""

from subscriptions.models.billed_period import PERIOD_ADJUSTMENT, BilledPeriod, PeriodAdjustment
from subscriptions.models.daily_order import DailyOrder
from subscriptions.models.data_cap_alert import DataCapAlert
from subscriptions.models.delivery import DELIVERY, Delivery
from subscriptions.models.internet_plan import InternetPlan
from subscriptions.models.plan_subscription import BILLED_PERIOD, PlanSubscription, PlanSubscriptionTerms
from subscriptions.models.product import Product, ProductPrice
from subscriptions.models.standing_order import StandingOrder, StandingOrderChange, StandingOrderDay
from subscriptions.models.subscriber import Subscriber
from subscriptions.models.usage_pass import UsagePass
from subscriptions.models.usage_record import RejectedUsage, UsageRecord

__all__ = [
    "BILLED_PERIOD",
    "DELIVERY",
    "PERIOD_ADJUSTMENT",
    "BilledPeriod",
    "DailyOrder",
    "DataCapAlert",
    "Delivery",
    "InternetPlan",
    "PeriodAdjustment",
    "PlanSubscription",
    "PlanSubscriptionTerms",
    "Product",
    "ProductPrice",
    "RejectedUsage",
    "StandingOrder",
    "StandingOrderChange",
    "StandingOrderDay",
    "Subscriber",
    "UsagePass",
    "UsageRecord",
]
