"""The IPython extension that records the frames and Altair charts of a notebook completely.

Formatters are registered by the names of types, so that no library is imported before the notebook
imports it. Other libraries' outputs stay as they are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from smartinst.report.reader import Reader

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

Bundle = dict[str, Any]

KERNEL_ARGUMENT: Final = "--IPKernelApp.extra_extensions=smartinst.report.display"
"""The argument with which a kernel loads this extension."""


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Registers the formatters in a notebook, for the reader that the environment names."""
    install(shell, Reader.from_environment(os.environ))


def install_for(locale: str, timezone: str) -> None:
    """Registers the formatters for this language and zone; nothing outside of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        reader = Reader.from_environment(os.environ)
        install(shell, replace(reader, locale=locale, timezone=timezone))


def install(shell: InteractiveShell, reader: Reader) -> None:
    """Registers the formatters; an earlier registration is replaced."""
    formatter = shell.display_formatter.mimebundle_formatter  # type: ignore[union-attr]
    for module, name, bundle in FORMATTERS:
        formatter.pop(f"{module}.{name}", None)
        formatter.for_type_by_name(module, name, partial(bundle, reader))
    if not reader.is_live:
        formatter.for_type_by_name(*JUPYTER_CHART, partial(_jupyter_chart, reader))


def _polars_frame(reader: Reader, frame: Any) -> Bundle | None:
    from smartinst.report.frames.frame_output import polars_bundle

    return polars_bundle(reader, frame)


def _polars_series(reader: Reader, series: Any) -> Bundle | None:
    return _polars_frame(reader, series.to_frame())


def _pandas_frame(reader: Reader, frame: Any) -> Bundle | None:
    from smartinst.report.frames.frame_output import pandas_bundle

    return pandas_bundle(reader, frame)


def _pandas_series(reader: Reader, series: Any) -> Bundle | None:
    return _pandas_frame(reader, series.to_frame("" if series.name is None else series.name))


def _chart(reader: Reader, chart: Any) -> Any:
    """The chart with its picture; Altair's own output in a live notebook if it has none."""
    from smartinst.report.charts.mime_renderer import PICTURE, chart_bundle

    bundle = chart_bundle(chart, reader.timezone)
    is_interactive = reader.is_live and PICTURE not in bundle
    return chart._repr_mimebundle_() if is_interactive else bundle


def _jupyter_chart(reader: Reader, widget: Any) -> Any:
    """The chart of a widget, which is empty in an executed notebook."""
    return _chart(reader, widget.chart)


FORMATTERS: Final[tuple[tuple[str, str, Callable[[Reader, Any], Any]], ...]] = (
    ("polars.dataframe.frame", "DataFrame", _polars_frame),
    ("polars.series.series", "Series", _polars_series),
    ("pandas", "DataFrame", _pandas_frame),
    ("pandas", "Series", _pandas_series),
    ("pandas.core.frame", "DataFrame", _pandas_frame),  # before pandas 3
    ("pandas.core.series", "Series", _pandas_series),
    ("altair.vegalite.v6.api", "TopLevelMixin", _chart),
)
"""Module and name of a type, with the function that makes its output; subclasses too."""

JUPYTER_CHART: Final = ("altair.jupyter.jupyter_chart", "JupyterChart")
