"""The command line: a table of commands, a strict parser for it, and one module per command."""

from rflint.cli.commands import DEBUG, SURROUNDINGS, Arguments, Command, Option, load
from rflint.cli.dispatch import run
from rflint.cli.parser import parse
from rflint.cli.streams import Streams

__all__ = ["DEBUG", "SURROUNDINGS", "Arguments", "Command", "Option", "Streams", "load", "options", "parse", "run"]
