"""The one spec that a question is about (`locate`, `sizes`, `tiles`), and its layers by name."""

from __future__ import annotations

from typing import NamedTuple

from rflint.cli.commands import Arguments
from rflint.cli.options import settings_of, stdin_name
from rflint.cli.streams import Streams
from rflint.model import NOWHERE, Diagnostic, Graph, UsageError
from rflint.pipeline import errors_of, load
from rflint.project import files, recognition
from rflint.verdict import Loaded, OptionError, Options, SizeOverride
from rflint.words import did_you_mean


class Opened(NamedTuple):
    """A spec, as far as it could be understood."""

    path: str
    name: str
    #: None where nothing can be asked.
    graph: Graph | None
    #: What is wrong with it.
    errors: tuple[Diagnostic, ...]
    #: Where it was found, as it was loaded, and how.
    file: files.SpecFile
    loaded: Loaded
    options: Options


def open_spec(arguments: Arguments, streams: Streams, sizes: tuple[SizeOverride, ...]) -> Opened:
    """Read and expand the one spec that a question is about; its errors are printed.

    The argument is `SPEC`; `arguments` hold the options of `SURROUNDINGS`.
    """
    settings = settings_of(arguments, linting=False)
    name = arguments.text("spec")
    found = files.find((name,), excluded=settings.excludes, force_exclude=False, stdin_name=stdin_name(arguments, (name,)))
    if len(found) != 1:
        raise UsageError(f"`{name}` is not one spec but {len(found)}: name a single file")
    file = found[0]
    options = settings.of(file.folder).options(file, Options(sizes=sizes))
    try:
        data, is_model = _read(file, sizes, options, streams)
        loaded = load(data, file.display, options)
    except OSError as error:
        raise UsageError(f"`{file.display}` {files.why_unreadable(error)}") from None
    except OptionError as error:
        raise UsageError(f"{file.display}: --size: {error}") from None
    for hint in loaded.hints:
        streams.say(f"{file.display}: {hint}")
    errors = errors_of(loaded, options)
    if is_model:
        errors = tuple(each._replace(span=NOWHERE, related=(), fix=None) for each in errors)
    for each in errors:
        streams.say(f"{each.path}{each.position}: {each.code} {each.message}")
    graph = loaded.graph if loaded.graph is not None and loaded.graph.layers else None
    if graph is None and not errors:
        streams.say(f"{file.display}: a library of blocks has no layers of its own")
    return Opened(file.display, loaded.name if graph is None else graph.name, graph, errors, file, loaded, options)


def _read(file: files.SpecFile, sizes: tuple[SizeOverride, ...], options: Options, streams: Streams) -> tuple[bytes, bool]:
    """Return the text of a spec, and whether it was made of a model."""
    if file.path.endswith(files.SUFFIXES) or file.path == files.STDIN:
        data = files.read(file, streams.stdin, options.limits.file_size)
        if file.path == files.STDIN or recognition.is_spec(data):
            return data, False
    from rflint.importing import ImportFailure  # noqa: PLC0415 - start-up
    from rflint.project import models  # noqa: PLC0415 - start-up

    if models.format_at(file) is None:
        return files.read(file, streams.stdin, options.limits.file_size), False
    try:
        spec = models.convert_named(file, models.wishes_of(sizes))
    except ImportFailure as failure:
        raise UsageError(f"`{file.display}` {failure}") from None
    for line in (spec.summary, *spec.notes):
        streams.say(f"{file.display}: {line}")
    return spec.text.encode(), True


def node_of(graph: Graph, name: str, what: str) -> int:
    """Return the node that a name stands for: a layer, an input, or an instance."""
    if (node := graph.find(name)) is not None:
        return node
    raise UsageError(f"{what}: `{graph.name}` has no layer `{name}`{did_you_mean(name, graph.names())} (`rflint report` lists them)")
