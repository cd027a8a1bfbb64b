"""English, day first and on a 24-hour clock."""
