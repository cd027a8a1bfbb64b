"""Billing of what was used beyond the cap: every closed period once, and what late records changed about it."""
