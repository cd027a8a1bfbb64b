"""Answers about orders, deliveries and what is owed for them; and about plan subscriptions and what is used on them."""
