"""The state of the receiver: the database, free disk space and the fold, for /health and /metrics.

/metrics is on a port of its own on the loopback address, so that no proxy publishes it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartinst.errors import ConfigurationError
from smartinst.intake.fold import backlog
from smartinst.intake.inbox import Clock
from smartinst.settings import Settings

METRICS_HOST: Final = "127.0.0.1"
FULL_MB: Final = 16
"""Free space below which events are not stored."""
LOW_MB: Final = 512
STALE_SECONDS: Final = 300
"""Age of the last successful round of the fold above which it counts as failing."""


class FoldState:
    """When the fold last succeeded, in memory that its process shares with the receiver's."""

    def __init__(self) -> None:
        self._succeeded_at = get_context("spawn").Value("d", time.time())

    def record_success(self) -> None:
        self._succeeded_at.value = time.time()

    @property
    def seconds(self) -> float:
        """Seconds since the fold last succeeded or the receiver was started."""
        return max(0.0, time.time() - float(self._succeeded_at.value))


@dataclass(frozen=True)
class ReceiverHealth:
    """What /health and /metrics report; `fold` is None if another process folds."""

    engine: Engine
    now: Clock
    folders: tuple[Path, ...]
    fold: FoldState | None

    def backlog(self) -> tuple[int, float] | None:
        """Events to fold and the age of the oldest; None if the database does not answer."""
        try:
            return backlog(self.engine, self.now())
        except SQLAlchemyError:
            return None

    def disk_free_mb(self) -> int | None:
        """Free space of the fullest disk of ledger, database and home; None if none is local."""
        sizes = [shutil.disk_usage(folder).free >> 20 for folder in self.folders if folder.exists()]
        return min(sizes, default=None)

    def report(self) -> tuple[int, dict[str, Any]]:
        """Code and document of /health: 503 if events cannot be stored, else 200."""
        backlog, free = self.backlog(), self.disk_free_mb()
        size, seconds = backlog or (None, None)
        document = {
            "status": self._status(backlog is not None, free),
            "database": "ok" if backlog else "does not answer",
            "disk_free_mb": free,
            "fold": self._fold_status(),
            "waiting": size,
            "oldest_seconds": seconds,
        }
        can_store = backlog is not None and (free is None or free >= FULL_MB)
        return (200 if can_store else 503), document

    def _status(self, has_database: bool, free_mb: int | None) -> str:
        if not has_database:
            return "database does not answer"
        if free_mb is not None and free_mb < FULL_MB:
            return "disk full"
        if free_mb is not None and free_mb < LOW_MB:
            return "disk nearly full"
        return "fold fails" if self._fold_status() == "fails" else "ok"

    def _fold_status(self) -> str:
        if self.fold is None:
            return "elsewhere"
        return "ok" if self.fold.seconds < STALE_SECONDS else "fails"


def receiver_health(
    engine: Engine, settings: Settings, now: Clock, fold: FoldState | None
) -> ReceiverHealth:
    """The health of a receiver with these settings."""
    return ReceiverHealth(engine, now, settings.local_folders, fold)


class ReceiverMetrics:
    """The metrics of /metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.replies = Counter(
            "smartinst_webhook_answers",
            "Replies by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.closed_connections = Counter(
            "smartinst_webhook_closed_connections",
            "Connections closed by the receiver: deadline, full, address",
            ["reason"],
            registry=self.registry,
        )
        self.commit_size = Histogram(
            "smartinst_webhook_commit_events",
            "Events in one commit",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
            registry=self.registry,
        )

    def count_closed(self, reason: str) -> None:
        self.closed_connections.labels(reason).inc()


class HealthCollector(Collector):
    """The gauges of /metrics, measured when they are asked for."""

    def __init__(self, health: ReceiverHealth) -> None:
        self._health = health

    def collect(self) -> Iterator[GaugeMetricFamily]:
        not_a_number = float("nan")
        backlog = self._health.backlog()
        size, seconds = backlog or (not_a_number, not_a_number)
        free = self._health.disk_free_mb()
        fold = self._health.fold
        gauges = (
            ("smartinst_inbox_waiting", "Events waiting to be folded", size),
            ("smartinst_inbox_oldest_seconds", "Age of the oldest waiting event", seconds),
            ("smartinst_database_up", "1 if the database answers", float(backlog is not None)),
            ("smartinst_disk_free_bytes", "Free space of the fullest disk", _bytes(free)),
            ("smartinst_fold_seconds", "Seconds since the fold succeeded", _seconds(fold)),
        )
        for name, description, value in gauges:
            yield GaugeMetricFamily(name, description, value=value)


def _bytes(megabytes: int | None) -> float:
    return float("nan") if megabytes is None else float(megabytes << 20)


def _seconds(fold: FoldState | None) -> float:
    return float("nan") if fold is None else fold.seconds


@contextmanager
def serve_metrics(metrics: ReceiverMetrics, health: ReceiverHealth, port: int) -> Iterator[str]:
    """Serves /metrics on the loopback address, which it returns; port 0 is any free one.

    ConfigurationError if the port is in use.
    """
    metrics.registry.register(HealthCollector(health))
    try:
        server, thread = start_http_server(port, METRICS_HOST, metrics.registry)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"cannot listen on {METRICS_HOST} port {port}: {reason}; choose a --metrics-port"
        ) from error
    try:
        yield f"http://{METRICS_HOST}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
