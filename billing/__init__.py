"""Billing: everything with an amount: sales, payments, what each payment pays, and who collected it."""
