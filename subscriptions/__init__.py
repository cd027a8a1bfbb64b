"""Subscriptions: what a customer has ordered for longer than a day, and what was delivered of it."""
