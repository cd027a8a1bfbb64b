"""Words for every page of the admin."""
