"""The published JSON schemas (package data)."""
