"""The errors a user can cause or meet.

    SmartinstError            one line on stderr, exit 1
    ├── ConfigurationError    a mistake in smartinst.toml, the environment or a report definition
    ├── InputError            a payload, file or parameter that cannot be used
    ├── LedgerError           the ledger cannot be read or written
    ├── PlatformError         the platform does not answer, or refuses
    ├── ReportError           a report cannot be made: the money does not close, the notebook failed
    └── MissingLibraryError   a system library is missing; the message has the line that installs it

Anything else that escapes is a bug and shows its traceback.
"""


class SmartinstError(Exception):
    """Says what was expected, what was found, where, and what to do; one line."""


class ConfigurationError(SmartinstError):
    """A mistake in the configuration; names the file and the key."""


class InputError(SmartinstError):
    """A payload, file or parameter that cannot be used; names the place."""


class LedgerError(SmartinstError):
    """The ledger cannot be read or written; names the table."""


class PlatformError(SmartinstError):
    """The platform does not answer, or refuses; names the call, never a secret or a buyer."""


class ReportError(SmartinstError):
    """A report cannot be made; names the seller, the notebook and the cell where there is one."""


class MissingLibraryError(SmartinstError):
    """A system library is missing; the message has the line that installs it."""
