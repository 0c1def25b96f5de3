"""pandas if it is installed; else a stand-in with the interface of it that smartinst uses.

pandas is no dependency, and not in the lock. In an environment that has it, the same tests run with
pandas itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any


class Index:
    """Labels of rows, of one or several levels."""

    dtype = "object"

    def __init__(self, labels: Sequence[Any], name: Any = None, names: Any = None) -> None:
        self.labels, self.names = list(labels), list(names or [name])

    @property
    def name(self) -> Any:
        return self.names[0]

    @property
    def nlevels(self) -> int:
        return len(self.names)

    def get_level_values(self, level: int) -> Index:
        is_flat = self.nlevels == 1
        labels = [label if is_flat else label[level] for label in self.labels]
        return Index(labels, self.names[level])

    def isna(self) -> Any:
        return SimpleNamespace(tolist=lambda: list(map(_is_missing, self.labels)))

    def tolist(self) -> list[Any]:
        return self.labels


class RangeIndex(Index):
    """The numbers of rows."""


class MultiIndex(Index):
    """Labels of several levels."""

    @classmethod
    def from_tuples(cls, tuples: Sequence[Any], names: Any = None) -> MultiIndex:
        return cls(tuples, names=names or [None] * len(tuples[0]))


class Series(Index):
    """A column; `labels` are its values."""

    def __init__(self, values: Sequence[Any], index: Any = None, name: Any = None) -> None:
        super().__init__(values, name)
        self.index = index

    def to_frame(self, name: Any) -> DataFrame:
        return DataFrame({name: self.labels}, self.index)


class DataFrame:
    """Columns of values, with an index."""

    def __init__(self, content: Mapping[Any, Sequence[Any]], index: Any = None) -> None:
        self.columns, self.content = list(content), list(content.values())
        height = len(self.content[0]) if self.content else 0
        self.index = index or RangeIndex(range(height))
        self.shape = height, len(self.columns)

    @property
    def iloc(self) -> DataFrame:
        return self

    def __getitem__(self, place: tuple[slice, int]) -> Series:
        return Series(self.content[place[1]])

    def head(self, count: int) -> DataFrame:
        index = type(self.index)(self.index.labels[:count], names=self.index.names)
        names = zip(self.columns, self.content, strict=True)
        return DataFrame({name: values[:count] for name, values in names}, index)


def _is_missing(value: Any) -> bool:
    return value is None or value != value


for _kind in (DataFrame, Series):
    _kind.__module__ = "pandas"

pandas: Any = (
    import_module("pandas")
    if find_spec("pandas")
    else SimpleNamespace(
        DataFrame=DataFrame,
        Series=Series,
        Index=Index,
        MultiIndex=MultiIndex,
        RangeIndex=RangeIndex,
    )
)
