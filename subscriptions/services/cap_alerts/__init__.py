"""Watching data caps: who has used how much of it, noted once for each threshold and period, and told to the customer.

`watching` takes turns through all subscriptions, `noting` looks at a batch of them in one transaction, `telling` sends the mail.
"""

from subscriptions.services.cap_alerts.answer import CapsWatched
from subscriptions.services.cap_alerts.watching import watch_caps
from subscriptions.services.usage_passes import LimitIsNoNumber

__all__ = ["CapsWatched", "LimitIsNoNumber", "watch_caps"]
