"""Path data of SVG as path operators of PDF."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from smartinst.drawing.pdf.operands import floats, operands

_COMMAND: Final = re.compile("([MLlHhVvCQAZz])")
_ARITIES: Final = {"L": 2, "l": 2, "H": 1, "h": 1, "V": 1, "v": 1, "C": 6, "Q": 4, "A": 7}


def path_operators(data: str) -> str:
    """The operators that construct a path; empty if it has no segments.

    ValueError for commands that Vega does not write, and for arcs of ellipses.
    """
    before, *parts = _COMMAND.split(data)
    if before.strip():
        raise ValueError(f"a path begins with {before[:20]}")
    pen = _Pen()
    for command, arguments in zip(parts[::2], parts[1::2], strict=True):
        pen.draw(command, floats(arguments))
    return " ".join(pen.operators)


@dataclass
class _Pen:
    """The current point of a path, and the operators so far."""

    x: float = 0.0
    y: float = 0.0
    start: tuple[float, float] | None = None
    operators: list[str] = field(default_factory=list)

    def draw(self, command: str, values: tuple[float, ...]) -> None:
        if command == "M":
            self.x, self.y = values
            self.start = self.x, self.y
            self.operators.append(f"{operands(self.x, self.y)} m")
            return
        if self.start is None:
            raise ValueError("a path begins without M")
        if command in "Zz":
            if values:
                raise ValueError("numbers follow Z")
            self.x, self.y = self.start
            self.operators.append("h")
            return
        arity = _ARITIES[command]
        if not values or len(values) % arity:
            raise ValueError(f"{len(values)} numbers follow {command}")
        for index in range(0, len(values), arity):
            self._segment(command, values[index : index + arity])

    def _segment(self, command: str, values: tuple[float, ...]) -> None:
        if command == "C":
            self._curve(*values)
        elif command == "Q":
            self._quadratic(*values)
        elif command == "A":
            for curve in _arc(self.x, self.y, *values):
                self._curve(*curve)
        else:
            self._line(command, values)

    def _line(self, command: str, values: tuple[float, ...]) -> None:
        if command == "L":
            self.x, self.y = values
        elif command == "l":
            self.x, self.y = self.x + values[0], self.y + values[1]
        elif command in "Hh":
            self.x = values[0] + (self.x if command == "h" else 0)
        else:
            self.y = values[0] + (self.y if command == "v" else 0)
        self.operators.append(f"{operands(self.x, self.y)} l")

    def _curve(self, x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> None:
        self.operators.append(f"{operands(x1, y1, x2, y2, x, y)} c")
        self.x, self.y = x, y

    def _quadratic(self, x1: float, y1: float, x: float, y: float) -> None:
        self._curve(
            self.x + (x1 - self.x) * 2 / 3,
            self.y + (y1 - self.y) * 2 / 3,
            x + (x1 - x) * 2 / 3,
            y + (y1 - y) * 2 / 3,
            x,
            y,
        )


def _arc(
    x0: float,
    y0: float,
    radius: float,
    radius_y: float,
    _rotation: float,
    is_large: float,
    is_clockwise: float,
    x: float,
    y: float,
) -> Iterator[tuple[float, float, float, float, float, float]]:
    """The curves of a circular arc, each of at most a quarter of the circle."""
    if radius != radius_y or radius <= 0 or {is_large, is_clockwise} - {0.0, 1.0}:
        raise ValueError("an arc that is not of a circle")
    half_x, half_y = (x - x0) / 2, (y - y0) / 2
    half = math.hypot(half_x, half_y)
    if half == 0:
        return
    radius = max(radius, half)
    side = 1 if is_large != is_clockwise else -1
    height = side * math.sqrt(max(radius * radius - half * half, 0.0)) / half
    center_x = x0 + half_x - height * half_y
    center_y = y0 + half_y + height * half_x
    first = math.atan2(y0 - center_y, x0 - center_x)
    angle = (math.atan2(y - center_y, x - center_x) - first) % math.tau
    if not is_clockwise:
        angle -= math.tau
    count = max(1, math.ceil(abs(angle) / (math.pi / 2) - 1e-6))
    step = angle / count
    length = radius * 4 / 3 * math.tan(step / 4)
    for index in range(count):
        begin, end = first + index * step, first + (index + 1) * step
        start_x = center_x + radius * math.cos(begin)
        start_y = center_y + radius * math.sin(begin)
        end_x, end_y = center_x + radius * math.cos(end), center_y + radius * math.sin(end)
        if index == count - 1:
            end_x, end_y = x, y
        yield (
            start_x - length * math.sin(begin),
            start_y + length * math.cos(begin),
            end_x + length * math.sin(end),
            end_y - length * math.cos(end),
            end_x,
            end_y,
        )
