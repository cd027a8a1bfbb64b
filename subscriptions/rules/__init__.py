"""Decisions on plain values.

Of the dairy round: `standing_order`, `delivery_total`. Of internet plans: the days and units everything is counted in (`days`,
`billing_cycle`, `data_units`), what was used (`usage_…`), what that costs (`overage`, `charge_check`), who is warned
(`cap_threshold`), why somebody is left out (`reasons`), and which line a subscription is for (`line_…`).
"""
