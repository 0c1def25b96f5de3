"""A cluster that speaks TLS only: it runs reports, refuses others, and its files are private."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import dask
import pytest

from smartinst.errors import ConfigurationError
from smartinst.runs.executors import distribute
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from tests.runs.sealed.test_pool import requests_of
from tests.runs.test_cluster import Cluster

KEY_OPTIONS = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=node"


def write_certificate(folder: Path, name: str) -> dict[str, str]:
    """A self-signed certificate, which is its own authority: Dask's settings for every side."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", *KEY_OPTIONS.split(), "-out", str(certificate)]
    subprocess.run([*command, "-keyout", str(key)], check=True, capture_output=True)
    sides = {
        f"{side}.{kind}": str(path)
        for side in ("scheduler", "worker", "client")
        for kind, path in (("cert", certificate), ("key", key))
    }
    return {"ca-file": str(certificate), **sides}


def as_variables(settings: dict[str, str]) -> dict[str, str]:
    names = {name: name.upper().replace("-", "_").replace(".", "__") for name in settings}
    variables = {f"DASK_DISTRIBUTED__COMM__TLS__{names[n]}": settings[n] for n in settings}
    return variables | {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"}


def as_configuration(settings: dict[str, str]) -> dict[str, str]:
    import_module("distributed")  # loads the defaults, before they are overridden
    return {f"distributed.comm.tls.{name}": value for name, value in settings.items()}


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    return write_certificate(tmp_path, "node")


@pytest.fixture
def cluster(tmp_path: Path, certificate: dict[str, str]) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path, "tls", **as_variables(certificate))
    cluster.start(workers=1)
    yield cluster
    cluster.stop()


def test_a_cluster_with_tls_runs_reports_for_holders_of_its_certificate_only(
    workspace: Path,
    tmp_path: Path,
    cluster: Cluster,
    certificate: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"tls://127.0.0.1:{cluster.port}"
    settings = load_settings(workspace, {"SMARTINST_EXECUTOR": address})
    requests = requests_of(settings, tmp_path, {"harmless": "print(1)"})
    with dask.config.set(as_configuration(certificate)):
        (outcome,) = run_reports(requests.values(), settings, 1)
    assert outcome.error is None
    paths = [Path(path) for path in outcome.artifacts.values()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    monkeypatch.setattr("smartinst.runs.executors.CLUSTER_SECONDS", 2)
    stranger = as_configuration(write_certificate(tmp_path, "stranger"))
    for other, configuration in ((address, stranger), (f"dask://127.0.0.1:{cluster.port}", {})):
        with (
            dask.config.set(configuration),
            pytest.raises(ConfigurationError, match="does not answer"),
        ):
            next(distribute(abs, [1], other))
