"""Measurements: the backfill engine against one bare SQL statement and row-by-row saves, and the readers at a million rows.

`make bench` (or `make bench ARGS="--payments 100000"`) prints figures side by side and says of each target whether it is met.
Timings never decide a test: the exit code is 0 whatever they are, unless two contestants end with different data.
"""
