"""A live cell beside its board: that it is reading, why there is none, and that a board no name holds is put away.

Only the kernels of `smartinst lab` and `serve` do any of this: elsewhere errors are raised, so that a run fails by them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, Final

from smartinst.dashboard.theme import styles
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.settings import load_settings

LIVE: Final = "SMARTINST_LIVE"
"""The variable that `smartinst lab` and `serve` set; the kernel of a run does not get it."""


class Refused:
    """A dashboard that cannot be shown: its first part says why, every other part shows nothing."""

    def __init__(self, why: str, locale: Locale) -> None:
        self.why = why
        self._told = locale.gettext("The dashboard cannot be shown: {reason}", reason=why)

    def __getattr__(self, name: str) -> Any:
        """A part by its name; what a board has that is no part, this has not."""
        if name in ("filters", "cover"):
            return self._first
        if name in (
            "keys",
            "charts",
            "table",
            "plan",
            "notes",
            "dataset",
            "chart",
            "sellers",
            "statuses",
            "board",
        ):
            return _nothing
        raise AttributeError(f"{self._told} (so there is no {name})")

    def _first(self) -> Any:
        from IPython.display import HTML

        return HTML(_styled(sentence(self._told, 'role="alert"')))  # type: ignore[no-untyped-call]


def _nothing(*_: Any) -> None:
    """What there is of a part where there is no board."""


def sentence(text: str, more: str = "") -> str:
    """A sentence in the look of the board."""
    return f'<p class="smartinst-message" {more}>{escape(text)}</p>'


def opened(read: Callable[[], Any], language: Callable[[], Locale]) -> Any:
    """The board that is read, or why there is none; meanwhile the cell says that it reads. Else it raises."""
    shell = _shell()
    if shell is None:
        return read()
    locale = Locale("en")
    try:
        locale = language()
        with _reading(locale):
            made = read()
    except SmartinstError as error:
        return Refused(str(error), locale)
    _closed_when_forgotten(made, shell)
    return made


def language(seller: str = "", locale: str = "") -> Locale:
    """In which the cell speaks before there is a board: that of the seller, of the first one where there is none."""
    sellers = load_settings().seller
    own = next(
        (one.locale for one in sellers if one.id == seller),
        next((one.locale for one in sellers), "en"),
    )
    return Locale(locale or own)


def reading(locale: Locale) -> str:
    """What stands where figures are to come."""
    return sentence(locale.gettext("Reading the sales…"), 'role="status"')


@contextmanager
def _reading(locale: Locale) -> Iterator[None]:
    from IPython.display import HTML, display

    shown = display(HTML(_styled(reading(locale))), display_id=True)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        shown.update({}, raw=True)


def _closed_when_forgotten(board: Any, shell: Any) -> None:
    """Closes a board once the name it had stands for something else: its buttons would act on the former seller."""
    names: list[str] = []

    def look(*_: Any) -> None:
        held = [
            name for name, one in shell.user_ns.items() if one is board and not name.startswith("_")
        ]
        if names and not held:
            shell.events.unregister("post_run_cell", look)
            board.close()
        names[:] = held

    shell.events.register("post_run_cell", look)


def _styled(shown: str) -> str:
    """With the look, which no widget has brought yet."""
    return f"<style>{styles()}</style>{shown}"


def _shell() -> Any:
    """The kernel's shell, where somebody looks at it; null in a run and in any other program."""
    from IPython import get_ipython

    shell = get_ipython()
    return shell if LIVE in os.environ and hasattr(shell, "kernel") else None
