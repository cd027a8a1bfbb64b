"""How a backup is made and brought back: files, manifests, and the two kinds of database. Verbs are in `services.backup`."""
