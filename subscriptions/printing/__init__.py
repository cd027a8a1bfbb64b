"""What the round hands out on paper: customer statements and route sheets."""
