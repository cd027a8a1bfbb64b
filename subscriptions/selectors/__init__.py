"""Answers about standing orders, deliveries and what they are owed for."""
