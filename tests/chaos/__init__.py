"""Attacks and bad days: the short form in `make test`, the long one by `make chaos`.

SMARTINST_CHAOS multiplies the sizes; everything is bounded and on loopback.
"""

from __future__ import annotations

import os
from typing import Final

SIZE: Final = max(1, int(os.environ.get("SMARTINST_CHAOS", "1")))
"""Multiple of the short form's number of tries."""
