"""The HTTP door of cashback: points, payouts, loans and trackers."""
