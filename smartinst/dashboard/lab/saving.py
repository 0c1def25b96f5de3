"""Saves live dashboards without their widgets, as a pre-save hook of JupyterLab.

Without a kernel, widgets are displayed as errors; their text may also contain buyers' names.
"""

from __future__ import annotations

from typing import Any, Final

from smartinst.dashboard.templating import render_html
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.settings import load_settings

WIDGET_VIEW: Final = "application/vnd.jupyter.widget-view+json"


def without_widgets(model: dict[str, Any], **_: Any) -> None:
    """Jupyter's pre_save_hook: replaces the widgets of a dashboard with one sentence."""
    content = model.get("content")
    if (
        model.get("type") != "notebook"
        or not isinstance(content, dict)
        or not _is_dashboard(content)
    ):
        return
    content.get("metadata", {}).pop("widgets", None)
    stripped_cells = [cell for cell in content["cells"] if _strip_widgets(cell)]
    for cell in stripped_cells[:1]:
        cell["outputs"].append(_notice())


def _is_dashboard(content: dict[str, Any]) -> bool:
    return any(
        "smartinst.dashboard" in "".join(cell.get("source", ""))
        for cell in content.get("cells", ())
    )


def _strip_widgets(cell: dict[str, Any]) -> bool:
    """Removes the widgets from a cell's outputs; true if there were any."""
    outputs = list(cell.get("outputs", ()))
    other_outputs = [output for output in outputs if not _is_widget(output)]
    if len(other_outputs) == len(outputs):
        return False
    cell["outputs"] = other_outputs
    return True


def _is_widget(output: dict[str, Any]) -> bool:
    """Whether an output is a widget, or the empty output of a closed one."""
    return "data" in output and (WIDGET_VIEW in output["data"] or not output["data"])


def _notice() -> dict[str, Any]:
    """An output with one sentence in the first seller's language, or in English."""
    try:
        locale = Locale(next((seller.locale for seller in load_settings().seller), "en"))
    except SmartinstError:
        locale = Locale("en")
    text = locale.gettext("Run the notebook again to see the dashboard.")
    html = render_html("save_notice", locale, text=text)
    data = {"text/html": html, "text/plain": text}
    return {"output_type": "display_data", "data": data, "metadata": {}}
