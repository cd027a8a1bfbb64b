"""What every API answer has in common: the error shape, pages by keyset, and the schema."""
