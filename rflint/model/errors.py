"""Errors that a caller is to put right."""


class UsageError(Exception):
    """What the caller must put right: told in one line on standard error, exit code 2."""
