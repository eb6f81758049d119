"""Answers to questions about one spec: where a layer looks, which sizes suit, how to cut tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rflint.api import tables
from rflint.formatters import locate as locate_format
from rflint.formatters import sizes as sizes_format
from rflint.formatters import tiles as tiles_format
from rflint.model import Diagnostic, Graph
from rflint.questions import tiles as tiles_question
from rflint.questions.location import FeatureOnAxis, PixelOnAxis, Variation
from rflint.questions.size_survey import InputSurvey
from rflint.words import Style, in_words


@dataclass(frozen=True, slots=True, repr=False)
class Location:
    """Where a layer looks on another map: one entry per axis in all tuples; those that were not asked for are empty."""

    path: str
    name: str
    #: The map that is looked at: an input, or a layer; and its size.
    source: str
    source_size: tuple[int | None, ...]
    layer: str
    size: tuple[int | None, ...]
    #: Of `at`: region, centre and coverage of one feature.
    feature: tuple[FeatureOnAxis, ...]
    #: Of `pixel`: the features that see it.
    pixel: tuple[PixelOnAxis, ...]
    #: Of neither: receptive field sizes, and at how many positions.
    variation: tuple[Variation, ...]
    #: What is wrong with the spec.
    errors: tuple[Diagnostic, ...]

    @property
    def region(self) -> tuple[tuple[int, int] | None, ...]:
        """First and last sample that the feature sees, as if maps went on beyond their borders; None where it sees nothing."""
        return tuple(each.region for each in self.feature)

    @property
    def clipped(self) -> tuple[tuple[int, int] | None, ...]:
        """The same in the finite network, where padding holds nothing."""
        return tuple(each.clipped for each in self.feature)

    @property
    def center(self) -> tuple[Fraction | float | None, ...]:
        """Centre of the feature, exactly; where paths disagree, the mean over them."""
        return tuple(each.center for each in self.feature)

    @property
    def features(self) -> tuple[tuple[int, int] | None, ...]:
        """First and last feature that see the pixel; None where none does."""
        return tuple(each.features for each in self.pixel)

    @property
    def nearest(self) -> tuple[int | None, ...]:
        """The feature whose centre is nearest to the pixel."""
        return tuple(each.nearest for each in self.pixel)

    def __repr__(self) -> str:
        asked = f"region {self.region}" if self.feature else f"features {self.features}" if self.pixel else "all positions"
        return f"<Location {self.layer} on {self.source}: {asked}>"

    def __str__(self) -> str:
        """Return what `rflint locate` prints."""
        return locate_format.as_text(self.name, (self._answer(),), Style()).rstrip("\n")

    def _repr_html_(self) -> str:
        return tables.of_rows(f"{self.name}: {self.layer} looking at {self.source}", self.to_rows())

    def to_dict(self) -> dict[str, Any]:
        """Return what `rflint locate --format json` prints."""
        return tables.parsed(locate_format.as_json(self.path, self.name, (self._answer(),), self.errors))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat mapping per axis; of neither `at` nor `pixel`, per axis and size."""
        rows: list[dict[str, Any]] = []
        for each in self.feature:
            first, last = each.region or (None, None)
            rows.append({"axis": each.axis, "feature": each.index, "first": first, "last": last, "center": tables.number(each.center)})
            rows[-1].update(coverage=tables.number(each.coverage), why=each.why)
        for seen in self.pixel:
            first, last = seen.features or (None, None)
            rows.append({"axis": seen.axis, "pixel": seen.pixel, "first": first, "last": last, "nearest": seen.nearest, "why": seen.why})
        for varied in self.variation:
            rows += [{"axis": varied.axis, "receptive_field": size, "positions": count} for size, count in varied.sizes]
        return rows

    def _answer(self) -> locate_format.Answer:
        return locate_format.Answer(
            self.source, self.layer, self.source_size, self.size, self.feature, self.pixel, self.variation
        )  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Sizes:
    """Which sizes of each input left open are valid, aligned and centred: iterates over the inputs (equal axes together)."""

    path: str
    name: str
    inputs: tuple[InputSurvey, ...]
    #: What is wrong with the spec.
    errors: tuple[Diagnostic, ...]

    def __iter__(self) -> Iterator[InputSurvey]:
        return iter(self.inputs)

    def __len__(self) -> int:
        return len(self.inputs)

    def __repr__(self) -> str:
        known = [
            f"{each.input} {in_words(each.classes.valid, each.classes.modulus) if each.classes else 'undecided'}" for each in self.inputs
        ]
        return f"<Sizes {self.name}: {', '.join(known) or 'every input size is fixed'}>"

    def __str__(self) -> str:
        """Return what `rflint sizes` prints."""
        return sizes_format.as_text(self.name, self.inputs, Style()).rstrip("\n")

    def _repr_html_(self) -> str:
        return tables.of_rows(f"{self.name}: input sizes", self.to_rows())

    def to_dict(self) -> dict[str, Any]:
        """Return what `rflint sizes --format json` prints."""
        return tables.parsed(sizes_format.as_json(self.path, self.name, self.inputs, self.errors))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat mapping per input, output and class of sizes that it treats alike; of several open inputs, one for each."""
        rows: list[dict[str, Any]] = []
        for each in self.inputs:
            if (classes := each.classes) is None:
                continue
            own = {"input": each.input, "axes": " ".join(each.axes)}
            for output in each.outputs:
                for group in output.classes:
                    does = group.behaviour
                    rows.append(
                        {
                            **own,
                            "layer": output.layer,
                            "sizes": in_words(group.residues, classes.modulus),
                            "receptive_field": does.receptive_field,
                            "stride": tables.number(does.stride),
                            "padding": does.padding,
                            "drift": tables.number(does.drift),
                            "aligned": does.aligned,
                        }
                    )
            if not each.outputs:
                rows.append({**own, "sizes": in_words(classes.valid, classes.modulus)})
        return rows


@dataclass(frozen=True, slots=True, repr=False)
class Tiles:
    """What to read around tiles of a large image: iterates over the answers, one per layer and input."""

    path: str
    graph: Graph
    answers: tuple[tiles_question.Tiles, ...]
    #: What is wrong with the spec.
    errors: tuple[Diagnostic, ...]

    def __iter__(self) -> Iterator[tiles_question.Tiles]:
        return iter(self.answers)

    def __len__(self) -> int:
        return len(self.answers)

    def __repr__(self) -> str:
        known = [f"{each.layer} on {each.input}: halo {tuple(axis.halo for axis in each.axes)}" for each in self.answers]
        return f"<Tiles {self.graph.name}: {', '.join(known) or 'no input'}>"

    def __str__(self) -> str:
        """Return what `rflint tiles` prints."""
        return tiles_format.as_text(self.path, self.graph, self.answers, Style()).rstrip("\n")

    def _repr_html_(self) -> str:
        return tables.of_rows(f"{self.graph.name}: tiles", self.to_rows())

    def to_dict(self) -> dict[str, Any]:
        """Return what `rflint tiles --format json` prints."""
        return tables.parsed(tiles_format.as_json(self.path, self.graph, self.answers, Style()))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat mapping per layer, input and axis: halos where tiles are cut at multiples of `modulus`, and anywhere."""
        rows = []
        for each in self.answers:
            for axis in each.axes:
                before, after = axis.halo or (None, None)
                before_any, after_any = axis.halo_any or (None, None)
                rows.append(
                    {
                        "layer": each.layer,
                        "input": each.input,
                        "axis": axis.axis,
                        "modulus": axis.modulus,
                        "halo_before": before,
                        "halo_after": after,
                        "halo_any_before": before_any,
                        "halo_any_after": after_any,
                        "exact": axis.exact,
                        "why": axis.halo_why or None,
                    }
                )
        return rows
