"""Questions about money, answered: sums, reports, and where a payment belongs. Nothing here writes."""
