"""Which members of a payload a parser reads: objects that record their look-ups by path."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from smartinst.hotmart.items import webhook_events
from smartinst.hotmart.values import fields, prices

MODULES: tuple[ModuleType, ...] = (fields, prices, webhook_events)


class RecordingObject(dict[str, Any]):
    """A JSON object that adds the path of each scalar member that is looked up to `paths`."""

    def __init__(self, members: dict[str, Any], paths: set[str], path: str = "") -> None:
        self.paths, self.path = paths, path
        super().__init__(
            {name: recording(member, paths, f"{path}{name}.") for name, member in members.items()}
        )

    def get(self, name: str, default: Any = None) -> Any:
        member = super().get(name, default)
        if not isinstance(member, (dict, list)):
            self.paths.add(self.path + name)
        return member

    def __getitem__(self, name: str) -> Any:
        super().__getitem__(name)
        return self.get(name)


def recording(value: Any, paths: set[str], path: str) -> Any:
    """A value whose objects record their look-ups; elements of a list have the list's path."""
    if isinstance(value, list):
        return [recording(element, paths, path) for element in value]
    return RecordingObject(value, paths, path) if isinstance(value, dict) else value


def record_exact_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the parsers, which compare exact types, accept a RecordingObject as a dict."""

    def exact_type(value: object) -> type:
        return dict if isinstance(value, RecordingObject) else type(value)

    for module in MODULES:
        monkeypatch.setattr(module, "type", exact_type, raising=False)
