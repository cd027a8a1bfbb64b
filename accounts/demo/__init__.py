"""What every part of the demo stands on: its businesses and people, its calendar, its ids, and how its rows are written.

The demo is the data of a system from before payments had route links, so it is in states that no service can produce.
It is written below the services on purpose, and only by `load_demo`, which refuses to touch a database of anybody else.
"""
