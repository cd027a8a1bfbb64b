"""Money rules on plain values: one rule a file, without Django, used by live code and backfills alike."""
