"""The checks of `smoke_test`: each looks at one part of a live system, writes nothing that stays, and answers in a line."""

from operations.management.smoke.checks import CHECKS, Asked, Found

__all__ = ["CHECKS", "Asked", "Found"]
