"""Drawing operations of a chart: operators of PDF, transformations, texts, opacities, layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from smartinst.drawing.pdf.operands import Matrix

SAVE: Final = "q"
RESTORE: Final = "Q"


@dataclass(frozen=True)
class Transformation:
    """Coordinates of all that follows until the state is restored."""

    matrix: Matrix


@dataclass(frozen=True)
class TextLine:
    """A line of text from its anchor on, in a weight of the bundled font.

    `anchor`: the share of its width that is left of the anchor.
    """

    text: str
    weight: int
    size: float
    anchor: float
    matrix: Matrix


@dataclass(frozen=True)
class Opacity:
    """Opacity of the areas (or, with `is_stroke`, of the lines) that follow."""

    value: float
    is_stroke: bool


@dataclass(frozen=True)
class Layer:
    """Operations drawn together, then shown with an opacity."""

    operations: tuple[Operation, ...]
    opacity: float


Operation = str | Transformation | TextLine | Opacity | Layer


@dataclass(frozen=True)
class ChartContent:
    """The content of a chart, in pixels from its upper left corner."""

    width: float
    height: float
    operations: tuple[Operation, ...]


@dataclass
class GraphicsState:
    """Collects operations; sets a parameter only if it changes."""

    operations: list[Operation] = field(default_factory=list)
    parameters: dict[str, Operation] = field(default_factory=dict)
    saved: list[dict[str, Operation]] = field(default_factory=list)

    def save(self) -> None:
        self.saved.append(dict(self.parameters))
        self.operations.append(SAVE)

    def restore(self) -> None:
        self.parameters = self.saved.pop()
        self.operations.append(RESTORE)

    def set(self, name: str, operation: Operation) -> None:
        if self.parameters.get(name) != operation:
            self.parameters[name] = operation
            self.operations.append(operation)

    def add(self, operation: Operation) -> None:
        self.operations.append(operation)
