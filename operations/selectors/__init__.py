"""Questions about upkeep, answered. Nothing here writes."""
