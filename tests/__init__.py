"""Tests of Roundsman, mirroring the source."""
