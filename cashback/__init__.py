"""Cashback: points that a borrower earns and redeems. Its tables come with the lending part."""
