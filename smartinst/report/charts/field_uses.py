"""How the views of a Vega-Lite spec use the fields of their data: as instants, texts, numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Spec = dict[str, Any]
Rows = list[dict[str, Any]]

COMPOSITIONS: Final = ("layer", "concat", "hconcat", "vconcat")
UNDRAWN_CHANNELS: Final = ("tooltip", "detail", "key", "order", "href", "url", "description")
"""Channels whose texts do not count as a use, since no axis or legend displays them."""

USE_BY_TYPE: Final = {
    "temporal": "instant",
    "nominal": "text",
    "ordinal": "text",
    "quantitative": "number",
}

DATE_PARTS: Final = frozenset(("year", "quarter", "month", "date", "day", "hours", "minutes"))
"""Keys by which a spec writes a date as an object."""

_DATUM: Final = re.compile(r"""\bdatum(?:\.(\w+)|\[['"]([^'"]+)['"]\])""")


@dataclass(frozen=True)
class View:
    """A view of a spec, the rows that may have its fields, and the fields that it repeats over."""

    spec: Spec
    sources: tuple[Rows, ...]
    repeated: tuple[str, ...]

    def definitions(self) -> Iterator[tuple[str, Spec]]:
        """(channel, definition) of its encoding and facets, conditions included."""
        facet = self.spec.get("facet") or {}
        facets = {"facet": facet} if "field" in facet else facet
        for channel, content in {**(self.spec.get("encoding") or {}), **facets}.items():
            for definition in _objects(content):
                yield channel, definition
                for condition in _objects(definition.get("condition")):
                    yield channel, condition

    def uses(self) -> Iterator[tuple[str, str]]:
        """(field, use): an instant, a text, a number, or the source of a computed instant."""
        instants: set[str] = set()
        for channel, definition in self.definitions():
            use = (
                "instant" if is_instant(definition) else USE_BY_TYPE.get(definition.get("type", ""))
            )
            if use is None or (use == "text" and channel in UNDRAWN_CHANNELS):
                continue
            for name in self._names(definition.get("field")):
                yield name, use
                if use == "instant":
                    instants.add(name)
        for step in reversed(self.spec.get("transform") or ()):
            for name, use in _sources_of_instants(step, instants):
                instants.add(name)
                yield name, use

    def _names(self, field: Any) -> Sequence[str]:
        if isinstance(field, dict):
            return self.repeated
        return [_unescaped(field)] if isinstance(field, str) else []


def is_instant(definition: Spec) -> bool:
    """Whether the values of a channel are instants."""
    return definition.get("type") == "temporal" or bool(definition.get("timeUnit"))


def views(spec: Spec) -> list[View]:
    """All views of a spec, with the inline rows of their data."""
    return _views(spec, spec.get("datasets") or {}, (), ())


def uses_by_rows(all_views: Sequence[View]) -> list[tuple[Rows, Mapping[str, set[str]]]]:
    """Each data source with the uses of its fields."""
    sources = {id(rows): rows for view in all_views for rows in view.sources}
    uses: dict[int, dict[str, set[str]]] = {key: defaultdict(set) for key in sources}
    for view in all_views:
        for name, use in view.uses():
            for rows in view.sources:
                uses[id(rows)][name].add(use)
    return [(rows, uses[key]) for key, rows in sources.items()]


def _views(
    spec: Spec,
    datasets: Mapping[str, Any],
    inherited: tuple[Rows, ...],
    repeated: tuple[str, ...],
) -> list[View]:
    """The view and those inside it; its fields may come from their data too."""
    own = _own_sources(spec, datasets, inherited)
    repeated = (*repeated, *_repeated_names(spec.get("repeat")))
    parts = [part for name in COMPOSITIONS for part in spec.get(name) or ()]
    parts += _objects(spec.get("spec"))
    inside = [view for part in parts for view in _views(part, datasets, own, repeated)]
    sources = (*own, *(rows for view in inside for rows in view.sources))
    return [View(spec, sources, repeated), *inside]


def _own_sources(
    spec: Spec, datasets: Mapping[str, Any], inherited: tuple[Rows, ...]
) -> tuple[Rows, ...]:
    own = _rows(spec["data"], datasets) if spec.get("data") else inherited
    lookups = [step.get("from") or {} for step in spec.get("transform") or ()]
    return (*own, *(rows for lookup in lookups for rows in _rows(lookup.get("data"), datasets)))


def _rows(data: Any, datasets: Mapping[str, Any]) -> tuple[Rows, ...]:
    """The inline rows of a data source; none if it declares how its values are parsed."""
    if not isinstance(data, dict) or (data.get("format") or {}).get("parse"):
        return ()
    rows = data.get("values") or datasets.get(data.get("name") or "")
    is_table = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    return (rows,) if is_table and rows else ()


def _repeated_names(repeat: Any) -> Sequence[str]:
    if isinstance(repeat, dict):
        return [name for names in repeat.values() for name in names]
    return repeat or ()


def _sources_of_instants(step: Spec, instants: set[str]) -> Iterator[tuple[str, str]]:
    """(field, use) of the fields that a transform reads as instants or computes instants from."""
    if step.get("timeUnit"):
        yield _unescaped(step["field"]), "instant"
    yield from ((name, "instant") for name in _compared_instants(step.get("filter")))
    for name in ("aggregate", "joinaggregate", "window"):
        for entry in _objects(step.get(name)):
            if entry.get("as") in instants and entry.get("field"):
                yield _unescaped(entry["field"]), "instant"
    if "calculate" in step and str(step.get("as")) in instants:
        for dotted, quoted in _DATUM.findall(str(step["calculate"])):
            yield dotted or quoted, "source"
    yield from ((name, "instant") for name in _copied_instants(step, instants))


def _copied_instants(step: Spec, instants: set[str]) -> Iterator[str]:
    """The fields whose values a fold or a lookup copies into instants."""
    computed = step.get("as")
    if "fold" in step and instants & set(computed or ("value",)):
        yield from step["fold"]
    fields = (step.get("from") or {}).get("fields") or ()
    outputs = computed if isinstance(computed, list) else fields
    for name, output in zip(fields, outputs, strict=False):
        if output in instants:
            yield name


def _compared_instants(predicate: Any) -> Iterator[str]:
    """The fields that a filter compares with dates, or by a unit of time."""
    if not isinstance(predicate, dict):
        return
    for operator in ("and", "or", "not"):
        for part in _objects(predicate.get(operator)):
            yield from _compared_instants(part)
    operands = (operand for name, operand in predicate.items() if name != "not")
    has_date = any(DATE_PARTS & set(item) for operand in operands for item in _objects(operand))
    if "field" in predicate and (predicate.get("timeUnit") or has_date):
        yield _unescaped(predicate["field"])


def _objects(content: Any) -> list[Spec]:
    """The objects in a list, or the one object."""
    items = content if isinstance(content, list) else [content]
    return [item for item in items if isinstance(item, dict)]


def _unescaped(field: str) -> str:
    return re.sub(r"\\(.)", r"\1", field)
