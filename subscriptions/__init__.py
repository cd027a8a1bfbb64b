"""Subscriptions: what a customer has ordered for longer than a day. Its tables come with the dairy round and the plans."""
