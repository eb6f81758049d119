"""What is known of a spec: its report, and its layers as a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rflint import __version__
from rflint.api import tables
from rflint.api.errors import UnknownLayerError
from rflint.model import Diagnostic, FailOn, InputReport, SpecReport, TargetReport, summarize
from rflint.model import Report as Run
from rflint.model.layers import LayerReport
from rflint.words import Style, counted, did_you_mean, listing


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Findings and targets of one spec, and its layers where they were asked for; true where a gate would pass it."""

    #: The plain values.
    spec: SpecReport

    @property
    def path(self) -> str:
        """The file, as it is printed; `<text>` for a text."""
        return self.spec.path

    @property
    def name(self) -> str:
        """Name of the network."""
        return self.spec.name

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes; sizes are in their order."""
        return self.spec.axes

    @property
    def inputs(self) -> tuple[InputReport, ...]:
        """Inputs as analysed."""
        return self.spec.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the output layers."""
        return self.spec.outputs

    @property
    def layers(self) -> tuple[LayerReport, ...]:
        """Layers; empty unless asked for."""
        return self.spec.layers

    @property
    def targets(self) -> tuple[TargetReport, ...]:
        """Targets, and whether they are seen."""
        return self.spec.targets

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, suppressed ones among them."""
        return self.spec.findings

    @property
    def fail_on(self) -> FailOn:
        """The least severity that fails a run: that of the configuration."""
        return self.spec.fail_on

    @property
    def failing(self) -> tuple[Diagnostic, ...]:
        """The findings that fail a run."""
        return tuple(filter(self.spec.fails, self.spec.findings))

    @property
    def ok(self) -> bool:
        """Whether `rflint check` would exit with 0."""
        return not self.failing

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        total = summarize((self.spec,))
        kinds = ((total.errors, "error"), (total.warnings, "warning"), (total.infos, "info"))
        found = listing([counted(number, noun) for number, noun in kinds if number] or ["no findings"])
        return f"<Report {self.path}: {found}{'' if self.ok else ', fails'}>"

    def __str__(self) -> str:
        """Return what `rflint check` prints."""
        return _rendered(self.spec, "full", layers=False).rstrip("\n")

    def _repr_html_(self) -> str:
        return tables.html(self.name or self.path, tables.FINDING_HEAD, tables.finding_cells(self.spec))

    def to_dict(self) -> dict[str, Any]:
        """Return what `rflint check --format json` prints, with layers where they were asked for."""
        return tables.parsed(_rendered(self.spec, "json", layers=bool(self.layers)))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat mapping per finding, for data frames."""
        return tables.finding_rows(self.spec)


class SpecError(ValueError):
    """A spec that leaves nothing to analyse; `report` holds the findings that say why."""

    def __init__(self, report: Report) -> None:
        self.report = report
        errors = [each for each in report.findings if each.severity == "error"]
        super().__init__("; ".join(f"{each.path}:{each.span.line}: {each.message}" for each in errors[:3]) or "it has no layers")

    def __reduce__(self) -> tuple[type[SpecError], tuple[Report]]:
        """Pickle by the report: the message follows from it."""
        return SpecError, (self.report,)


@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """All layers of a spec at certain input sizes: iterates over them, and looks them up by name."""

    name: str
    axes: tuple[str, ...]
    inputs: tuple[InputReport, ...]
    outputs: tuple[str, ...]
    layers: tuple[LayerReport, ...]
    #: Name of an instance (of a block, branches, a repeat) -> name of the layer, or input, that is its output.
    instances: Mapping[str, str]
    #: What was found out besides: findings and targets.
    report: Report = field(compare=False)
    _by_name: Mapping[str, LayerReport] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {layer.name: layer for layer in self.layers})

    def __getitem__(self, name: str) -> LayerReport:
        """Return the layer of this name, or the output of the instance of this name; raises UnknownLayerError, a KeyError."""
        if (layer := self._find(name)) is not None:
            return layer
        if (stands_for := self.instances.get(name, name)) in {item.name for item in self.inputs}:
            what = "is an input" if stands_for == name else f"stands for the input `{stands_for}`"
            raise UnknownLayerError(f"`{name}` {what} of `{self.name}`, and no layer: `inputs` has what is known of it")
        hint = did_you_mean(name, (*self._by_name, *self.instances)) if isinstance(name, str) else ": by number they are in `layers`"
        raise UnknownLayerError(f"`{self.name}` has no layer `{name}`{hint}")

    def _find(self, name: str) -> LayerReport | None:
        return self._by_name.get(self.instances.get(name, name)) if name not in self._by_name else self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a layer, or an instance with a layer as its output, of this name; or whether it is one of the layers."""
        return self._find(name) is not None if isinstance(name, str) else name in self.layers

    def __iter__(self) -> Iterator[LayerReport]:
        """Iterate over the layers; each stands after what it reads."""
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        sizes = ", ".join(f"{item.name} {tables.extent(item.size)}" for item in self.inputs)
        return f"<Network {self.name}: {counted(len(self.layers), 'layer')}, input {sizes}, output {', '.join(self.outputs)}>"

    def __str__(self) -> str:
        """Return what `rflint report` prints."""
        return _rendered(self.report.spec, "text", layers=True).rstrip("\n")

    def _repr_html_(self) -> str:
        return tables.html(self.name, *tables.layer_cells(self.report.spec))

    def _ipython_key_completions_(self) -> list[str]:
        return [*self._by_name, *self.instances]

    def to_dict(self) -> dict[str, Any]:
        """Return what `rflint report --format json` prints."""
        return self.report.to_dict()

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat mapping per layer, input and axis, with the columns of `rflint report --format csv`."""
        return tables.layer_rows(self.report.spec)


def _rendered(spec: SpecReport, form: str, *, layers: bool) -> str:
    from rflint import formatters  # noqa: PLC0415 - start-up
    from rflint.project import plugins  # noqa: PLC0415 - start-up

    run = Run(__version__, (spec,), summarize((spec,)), plugins.load().entries)
    return formatters.render(form, run, Style(layers=layers))
