"""The command line: a table of commands, a strict parser for it, and one module per command."""
