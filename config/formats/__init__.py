"""How pages write days and times."""
