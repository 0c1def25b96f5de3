"""HTML of the dashboards, rendered from templates/dashboard; every value is escaped."""

from __future__ import annotations

from smartinst.i18n.locales import Locale


def render_html(template: str, locale: Locale, **values: object) -> str:
    """The HTML of templates/dashboard/`template`.html in the reader's language."""
    from smartinst.pages.compiler import template_environment

    environment = template_environment((), locale.tag)
    return environment.get_template(f"dashboard/{template}.html").render(values).strip()


def message_html(text: str, locale: Locale, role: str = "", stylesheet: str = "") -> str:
    """HTML of one sentence; `role`: its ARIA role, `stylesheet`: CSS if no widget loads it."""
    return render_html("message", locale, text=text, role=role, stylesheet=stylesheet)
