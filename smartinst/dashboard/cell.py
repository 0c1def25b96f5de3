"""Loads a board in a notebook's cell: displays progress and errors, and closes old boards.

Only in kernels of `smartinst lab` and `serve`; elsewhere errors are raised, so that a run fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from smartinst.dashboard.templating import message_html
from smartinst.dashboard.theme import styles
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.report.notebook_parts import BoardParts, PortfolioParts
from smartinst.settings import load_settings

LIVE_VARIABLE: Final = "SMARTINST_LIVE"
"""Environment variable that `smartinst lab` and `serve` set; kernels of runs do not get it."""


class UnavailableBoard(BoardParts, PortfolioParts):
    """A board that cannot be displayed: its first part is the reason, all others are empty."""

    def __init__(self, reason: str, locale: Locale) -> None:
        self.reason, self._locale = reason, locale
        self._message = locale.gettext("The dashboard cannot be shown: {reason}", reason=reason)

    def __getattr__(self, name: str) -> Any:
        """Raises AttributeError with the reason, for anything that is not a part."""
        raise AttributeError(f"{self._message} (so there is no {name})")

    def filters(self) -> Any:
        """The reason."""
        return _styled_message(self._message, self._locale, "alert")

    def cover(self) -> Any:
        """The reason."""
        return self.filters()


def _styled_message(text: str, locale: Locale, role: str) -> Any:
    """A sentence with the stylesheet, which no widget has loaded yet."""
    from IPython.display import HTML

    return HTML(message_html(text, locale, role, styles()))  # type: ignore[no-untyped-call]


def load_board(load: Callable[[], Any], locale_of: Callable[[], Locale]) -> Any:
    """The loaded board, or the reason why it is unavailable; a message is displayed meanwhile.

    Outside of a live kernel errors are raised.
    """
    shell = _live_shell()
    if shell is None:
        return load()
    locale = Locale("en")
    try:
        locale = locale_of()
        with _loading_message(locale):
            board = load()
    except SmartinstError as error:
        return UnavailableBoard(str(error), locale)
    _close_when_rebound(board, shell)
    return board


def default_locale(seller_id: str = "", locale: str = "") -> Locale:
    """The requested locale; else that of the seller, else that of the first configured seller."""
    locales = {seller.id: seller.locale for seller in load_settings().seller}
    first = next(iter(locales.values()), "en")
    return Locale(locale or locales.get(seller_id, first))


def loading_html(locale: Locale) -> str:
    """HTML that is displayed while figures are loaded."""
    return message_html(locale.gettext("Loading the sales…"), locale, "status")


@contextmanager
def _loading_message(locale: Locale) -> Iterator[None]:
    from IPython.display import display

    handle = display(  # type: ignore[no-untyped-call]
        _styled_message(locale.gettext("Loading the sales…"), locale, "status"), display_id=True
    )
    try:
        yield
    finally:
        handle.update({}, raw=True)


def _close_when_rebound(board: Any, shell: Any) -> None:
    """Closes the board when its variable is rebound: its buttons would act on the former seller."""
    names: list[str] = []

    def close_if_rebound(*_: Any) -> None:
        current_names = [
            name
            for name, value in shell.user_ns.items()
            if value is board and not name.startswith("_")
        ]
        if names and not current_names:
            shell.events.unregister("post_run_cell", close_if_rebound)
            board.close()
        names[:] = current_names

    shell.events.register("post_run_cell", close_if_rebound)


def _live_shell() -> Any:
    """The shell of a live kernel; None in runs and in any other program."""
    from IPython import get_ipython

    shell = get_ipython()
    return shell if LIVE_VARIABLE in os.environ and hasattr(shell, "kernel") else None
