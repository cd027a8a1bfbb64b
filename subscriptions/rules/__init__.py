"""Decisions on plain values of standing orders and deliveries."""
