"""Errors that a caller is to put right."""

from __future__ import annotations


class UsageError(Exception):
    """What the caller must put right: told in one line on standard error, exit code 2."""
