"""Bytes of YAML to plain data with positions, and the suppressions in its comments."""
