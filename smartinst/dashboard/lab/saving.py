"""What JupyterLab saves of a live dashboard: its cells, and that it is to be run again, but nothing of its widgets.

Without the kernel that made them widgets are errors on the screen, and the text beside them may hold a buyer's name.
"""

from __future__ import annotations

from html import escape
from typing import Any, Final

from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.settings import load_settings

VIEW: Final = "application/vnd.jupyter.widget-view+json"


def without_widgets(model: dict[str, Any], **_: Any) -> None:
    """Jupyter's pre_save_hook: of a notebook that shows a dashboard the widgets become one sentence."""
    content = model.get("content")
    if (
        model.get("type") != "notebook"
        or not isinstance(content, dict)
        or not _is_dashboard(content)
    ):
        return
    content.get("metadata", {}).pop("widgets", None)
    stripped = []
    for cell in content["cells"]:
        kept = [one for one in cell.get("outputs", ()) if not _is_widget(one)]
        if len(kept) < len(cell.get("outputs", ())):
            cell["outputs"] = kept
            stripped.append(cell)
    for cell in stripped[:1]:
        cell["outputs"].append(_again())


def _is_dashboard(content: dict[str, Any]) -> bool:
    return any(
        "smartinst.dashboard" in "".join(cell.get("source", ""))
        for cell in content.get("cells", ())
    )


def _is_widget(output: dict[str, Any]) -> bool:
    """A widget, or the place where one was."""
    return "data" in output and (VIEW in output["data"] or not output["data"])


def _again() -> dict[str, Any]:
    """One output: the sentence in the language of the first seller, in English where none can be read."""
    try:
        locale = Locale(next((one.locale for one in load_settings().seller), "en"))
    except SmartinstError:
        locale = Locale("en")
    text = locale.gettext("Run the notebook again to see the dashboard.")
    data = {"text/html": f"<p>{escape(text)}</p>", "text/plain": text}
    return {"output_type": "display_data", "data": data, "metadata": {}}
