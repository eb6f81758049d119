"""Specs, and what can be asked of them; each function takes a path, a text or a loaded spec."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, cast

from rflint.api.answers import Location, Sizes, Tiles
from rflint.api.arguments import Extent, Size, node_of, read_extent, read_index, read_sizes
from rflint.api.errors import ArgumentError
from rflint.api.results import Network, Report, SpecError
from rflint.engine import Analysis
from rflint.engine import analyze as analysis_of
from rflint.model import Diagnostic, Graph, Severity, SpecReport, Target
from rflint.pipeline import errors_of, lint_loaded
from rflint.pipeline import load as load_bytes
from rflint.project import Place, Settings, baselines, files, plugins
from rflint.questions import location
from rflint.questions import tiles as tiles_question
from rflint.questions.size_survey import survey
from rflint.questions.targets import TargetVerdict, judge_targets
from rflint.verdict import Loaded, OptionError, Options, SizeOverride
from rflint.words import counted, did_you_mean, quoted

#: What a text is called in place of a path.
TEXT = "<text>"


@dataclass(frozen=True, slots=True, repr=False)
class Spec:
    """One spec as text; everything else follows from it when asked."""

    path: str
    data: bytes

    def __repr__(self) -> str:
        return f"<Spec {self.path}>" if self.path != TEXT else f"<Spec of {counted(len(self.data.splitlines()), 'line')}>"

    @property
    def text(self) -> str:
        """The spec as it is written."""
        return self.data.decode("utf-8", "replace")

    def lint(self, size: Size | None = None, *, layers: bool = False) -> Report:
        """Findings, targets and, on request, layers; `size` None: as declared.  Never raises for a flaw of the spec.

        A file is judged as `rflint check` does: by its configuration and baseline.  Raises ArgumentError where `size` is none,
        or does not fit the spec's inputs and axes, and UsageError for a broken configuration or baseline.
        """
        return Report(self._linted(size, layers=layers)[0])

    def analyze(self, size: Size | None = None) -> Network:
        """Analyse all layers, at the declared input sizes or at others (`size`); the network is looked up by names of layers and instances.

        Raises as `lint` does, and SpecError where errors leave nothing to analyse.
        """
        report, loaded = self._linted(size, layers=True)
        if not report.layers or loaded.graph is None:
            raise SpecError(Report(report))
        instances = {name: loaded.graph.node_name(node) for name, node in loaded.graph.aliases.items()}
        return Network(report.name, report.axes, report.inputs, report.outputs, report.layers, instances, Report(report))

    def locate(
        self,
        layer: str,
        at: SupportsIndex | Sequence[SupportsIndex] | None = None,
        *,
        pixel: SupportsIndex | Sequence[SupportsIndex] | None = None,
        on: str | None = None,
        size: Size | None = None,
    ) -> Location:
        """Tell which region a feature sees (`at`), or which features see a sample (`pixel`); of neither, how the field varies.

        `layer`: a layer or an instance of a block.  `on`: the map that is looked at, an input or a layer; it may be left out where the
        layer depends on one input.  Positions count from 0 and have one entry per axis, or are one number for all.
        Raises as `analyze` does, and ArgumentError for what is not in the network.
        """
        _, graph, errors = self._graph(read_sizes(size))
        node = node_of(graph, layer, "layer")
        analysis = analysis_of(graph)
        looked_at = _source(analysis, node, on)
        position = None if at is None else read_index(at, graph.axes, "at")
        sample = None if pixel is None else read_index(pixel, graph.axes, "pixel")
        sizes = tuple(part.size(node) for part in analysis.axes)
        if position is not None:
            _check_inside(position, sizes, graph.axes, layer)
        return Location(
            self.path,
            graph.name,
            graph.node_name(looked_at),
            tuple(part.size(looked_at) for part in analysis.axes),
            graph.node_name(node),
            sizes,
            location.feature(analysis, looked_at, node, position) if position is not None else (),
            location.pixel(analysis, looked_at, node, sample) if sample is not None else (),
            location.variation(analysis, looked_at, node) if position is None and sample is None else (),
            errors,
        )

    def sizes(self, size: Size | None = None) -> Sizes:
        """Tell which input sizes are valid, aligned and centred; `size` fixes an input, all others are left open.  Raises as `analyze`."""
        _, graph, errors = self._graph(((None, (None,)), *read_sizes(size)))
        return Sizes(self.path, graph.name, survey(analysis_of(graph)), errors)

    def tiles(self, layer: str | None = None, *, tile: Extent | str | None = None, size: Size | None = None) -> Tiles:
        """Tell what to read around tiles of a large image, for a layer or (None) for all outputs.

        `tile`: the size of the tiles to price.  Raises as `locate` does.
        """
        _, graph, errors = self._graph(read_sizes(size))
        nodes = graph.outputs if layer is None else (node_of(graph, layer, "layer"),)
        if layer is not None and nodes[0] < len(graph.inputs):
            raise ArgumentError(f"layer: `{layer}` is an input; name the layer whose outputs a tile is to give")
        extents = None if tile is None else read_extent(tile, graph.axes, "tile")
        return Tiles(self.path, graph, tiles_question.tiles(analysis_of(graph), nodes, extents), errors)

    def judge(self, layer: str, size: Extent | str, *, on: str | None = None, input_size: Size | None = None) -> tuple[TargetVerdict, ...]:
        """Judge whether a layer sees an object of a size, in input samples, whole wherever it lies, one verdict per input.

        `on`: the input to judge by; None: every one that the layer depends on.  Raises as `locate` does.
        """
        _, graph, _ = self._graph(read_sizes(input_size))
        node = node_of(graph, layer, "layer")
        if on is not None and on not in {item.name for item in graph.inputs}:
            raise ArgumentError(f"on: `{graph.name}` has no input `{on}`{did_you_mean(on, [item.name for item in graph.inputs])}")
        asked = Target(layer, read_extent(size, graph.axes, "size"), node, 1.0, on, graph.site(node))
        return judge_targets(analysis_of(graph._replace(targets=(asked,))))

    def _linted(self, size: Size | None, *, layers: bool) -> tuple[SpecReport, Loaded]:
        place, options = self._surroundings(read_sizes(size), layers=layers)
        loaded = self._loaded(options)
        report = lint_loaded(loaded, options)[0]
        if place is not None:
            report = baselines.Baselines().mark(report, place.config.baseline)._replace(fail_on=place.fail_on)
        shown = "warning" if place is None else place.config.shown()
        return report._replace(show=cast("Severity", shown)), loaded

    def _graph(self, sizes: tuple[SizeOverride, ...]) -> tuple[Loaded, Graph, tuple[Diagnostic, ...]]:
        options = self._surroundings(sizes)[1]
        loaded = self._loaded(options)
        if loaded.graph is None or not loaded.graph.layers:
            raise SpecError(Report(lint_loaded(loaded, options)[0]))
        return loaded, loaded.graph, errors_of(loaded, options)

    def _loaded(self, options: Options) -> Loaded:
        try:
            return load_bytes(self.data, self.path if self.path == TEXT else files.display_path(self.path), options)
        except OptionError as error:
            raise ArgumentError(f"size: {error}") from None

    def _surroundings(self, sizes: tuple[SizeOverride, ...], *, layers: bool = False) -> tuple[Place | None, Options]:
        """What holds for a file; a text has neither configuration nor imports."""
        asked = Options(sizes=sizes, layers=layers)
        if self.path == TEXT:
            return None, asked._replace(vocabulary=plugins.load())
        file = files.SpecFile(files.display_path(self.path), self.path, named=True)
        place = Settings().of(file.folder)
        return place, place.options(file, asked)


def _source(analysis: Analysis, node: int, on: str | None) -> int:
    """Node of the map that is looked at."""
    graph = analysis.graph
    if on is not None:
        source = node_of(graph, on, "on")
        if source >= node:
            raise ArgumentError(f"on: `{on}` does not come before `{graph.node_name(node)}`")
        return source
    names = [item.name for item in graph.inputs]
    inputs = [place for place, name in enumerate(names) if any(any(part.fields(name, node)) for part in analysis.axes)]
    if len(inputs) > 1:
        raise ArgumentError(f"on: `{graph.node_name(node)}` depends on {quoted([names[each] for each in inputs])}; name one of them")
    return inputs[0] if inputs else 0


def _check_inside(at: tuple[int, ...], sizes: tuple[int | None, ...], axes: tuple[str, ...], layer: str) -> None:
    for index, size, axis in zip(at, sizes, axes, strict=True):
        if size is not None and not 0 <= index < size:
            raise ArgumentError(f"at: feature {index} lies outside of `{layer}`, which has features 0 to {size - 1} on {axis}")


def load(source: str | os.PathLike[str] | Spec) -> Spec:
    """Load a spec from a path, or from its text: anything with a line break, or that begins with `rflint:` or `{`.

    Raises OSError where the file cannot be read.
    """
    if isinstance(source, Spec):
        return source
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith(("rflint:", "{"))):
        return Spec(TEXT, source.encode("utf-8"))
    path = os.fspath(source)
    return Spec(path, files.contents(path))


def lint(source: str | os.PathLike[str] | Spec, size: Size | None = None, *, layers: bool = False) -> Report:
    """Lint a spec: see `Spec.lint`."""
    return load(source).lint(size, layers=layers)


def analyze(source: str | os.PathLike[str] | Spec, size: Size | None = None) -> Network:
    """Analyse all layers of a spec: see `Spec.analyze`."""
    return load(source).analyze(size)


def locate(
    source: str | os.PathLike[str] | Spec,
    layer: str,
    at: SupportsIndex | Sequence[SupportsIndex] | None = None,
    *,
    pixel: SupportsIndex | Sequence[SupportsIndex] | None = None,
    on: str | None = None,
    size: Size | None = None,
) -> Location:
    """Tell where a feature of a layer looks, or who sees a pixel: see `Spec.locate`."""
    return load(source).locate(layer, at, pixel=pixel, on=on, size=size)


def sizes(source: str | os.PathLike[str] | Spec, size: Size | None = None) -> Sizes:
    """Tell which input sizes suit a spec: see `Spec.sizes`."""
    return load(source).sizes(size)


def tiles(
    source: str | os.PathLike[str] | Spec, layer: str | None = None, *, tile: Extent | str | None = None, size: Size | None = None
) -> Tiles:
    """Tell what to read around tiles of a large image: see `Spec.tiles`."""
    return load(source).tiles(layer, tile=tile, size=size)


# One text for a function and its method.
for _function in (lint, analyze, locate, sizes, tiles):
    _function.__doc__ = getattr(Spec, _function.__name__).__doc__
