"""The request of a run, its outcome, and the folder of its artifacts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from smartinst.runs.definition_sections import Format
from smartinst.runs.definitions import Definition
from smartinst.runs.executors import LostResult
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class RunRequest:
    """One run: the report, the seller, the date and the parameters."""

    definition: Definition
    seller: Seller
    as_of: date
    where: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[Format, ...] = ("pdf", "html", "xlsx")
    out: Path | None = None
    anonymous: bool = False
    folder: Path | None = None  # None: derived from the date and the parameters
    previous: Mapping[str, Any] | None = None  # measures to compare with; None: the last report's
    attach: tuple[Format, ...] | None = None  # formats that are mailed together; None: not mailed
    operational: Mapping[str, Any] = field(default_factory=dict)  # parameters from the database

    @property
    def formats_of_reader(self) -> tuple[Format, ...]:
        """The formats that a reader has: the attached ones, or all if the report is not mailed."""
        return self.formats if self.attach is None else self.attach

    @property
    def file_stem(self) -> str:
        """The name of the artifacts, without a suffix."""
        return f"{self.definition.name}-{self.seller.id}-{self.as_of.isoformat()}"


@dataclass(frozen=True)
class RunOutcome:
    """The result of one run: its artifacts by format, or the error (one line)."""

    report: str
    seller_id: str
    as_of: str
    artifacts: dict[str, str] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    folder: str = ""
    seconds: int = 0  # wall time
    loss: LostResult | None = None  # the process ended; the report itself may be fine


def artifact_folder(request: RunRequest, settings: Settings) -> Path:
    """The folder of a run's artifacts, built from checked ids and dates only."""
    if request.folder is not None:
        return request.folder
    name = request.as_of.isoformat() + _parameter_hash(request)
    if request.out is not None:
        return request.out.absolute() / request.seller.id / f"{request.definition.name}-{name}"
    return settings.home / "runs" / request.definition.name / request.seller.id / name


def _parameter_hash(request: RunRequest) -> str:
    """`-` and eight hexadecimal digits; empty for a run without filters and parameters."""
    anonymous = {"names": "left out"} if request.anonymous else {}
    parameters = {
        "where": dict(request.where),
        "parameters": dict(request.parameters),
        "anonymous": anonymous,
    }
    parameters = {name: value for name, value in parameters.items() if value}
    if not parameters:
        return ""
    return "-" + hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:8]
