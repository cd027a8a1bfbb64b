"""Operations: how a live system is changed, checked and kept. Knows no table above it."""
