"""Fixes: which edits, to what text, and whether the spec is the better for them."""
