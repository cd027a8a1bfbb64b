"""The HTTP door of upkeep: backfills previewed, executed, followed, undone, and their findings decided."""
