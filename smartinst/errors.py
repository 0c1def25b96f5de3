"""Errors that are reported to a user in one line on stderr, with exit code 1.

    SmartinstError
    ├── ConfigurationError    a mistake in smartinst.toml, the environment or a report definition
    ├── InputError            a payload, file or parameter that cannot be used
    ├── LedgerError           the ledger cannot be read or written
    ├── HeldHomeError         a home may be out of date: nothing is sent before somebody has looked
    ├── PlatformError         the platform does not answer, or refuses
    ├── ReportError           a report fails: its sums do not agree, or its notebook failed
    └── MissingLibraryError   a system library is missing

Any other uncaught exception is a bug and prints its traceback.
"""


class SmartinstError(Exception):
    """Base class; the message is one line: what was expected, what was found, where, what to do."""


class ConfigurationError(SmartinstError):
    """A mistake in the configuration; the message names the file and the key."""


class InputError(SmartinstError):
    """A payload, file or parameter that cannot be used; the message names the place."""


class LedgerError(SmartinstError):
    """The ledger cannot be read or written; the message names the table."""


class HeldHomeError(SmartinstError):
    """A restored home is not released yet, or its log of actions has lost events.

    remedy  the command that ends the hold, once somebody has looked
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: nothing is sent and no call is made until `{remedy}`")
        self.remedy = remedy


class PlatformError(SmartinstError):
    """The platform does not answer, or refuses; the message names the call, no secret or buyer."""


class ReportError(SmartinstError):
    """A report fails; the message names the seller, the notebook and, if known, the cell."""


class MissingLibraryError(SmartinstError):
    """A system library is missing; the message contains the command that installs it."""
