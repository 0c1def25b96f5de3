"""How much memory a run's kernel may take."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

MEGABYTE = 1 << 20


@contextmanager
def memory_bounded(megabytes: int) -> Iterator[None]:
    """Processes begun inside hold at most so many megabytes of data; an allocation beyond them fails in that process.

    The bound is this process's own while it lasts, since that is what its children inherit. A lower one stays.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * MEGABYTE
    bounds = [one for one in (wanted, soft, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
