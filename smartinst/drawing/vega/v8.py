"""V8 inside this process, in a context whose scripts can use no Python object.

The binding's own module `STPyV8` is not imported: it copies 10 MB into the user's home and starts
V8 with background compilers, whose work would be lost in a forked child.
"""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import Any, Final

FLAGS: Final = (
    "--single-threaded",
    "--no-opt",
    "--max-semi-space-size=2",
    "--initial-old-space-size=100",
)
"""V8 compiles and collects garbage in the calling thread, so that a fork loses nothing of it.

Its optimising compiler costs more for ten charts than it gains; a small space of young objects
halves the memory that a forked child does not share. A report's charts need less than 100 MB of
old objects, which are not collected before.
"""


class ScriptError(Exception):
    """A script failed."""

    def __init__(self, cause: Any = "") -> None:
        super().__init__(str(cause))


class Context:
    """A context of V8, for the thread that created it, and for its copy in a forked child.

    A forked child ends with `os._exit`, as those of multiprocessing do: at a normal exit V8 would
    wait for a thread that the child does not have. ImportError without the package.
    """

    def __init__(self) -> None:
        binding: Any = importlib.import_module("_STPyV8")
        binding._JSError._jsclass = ScriptError
        binding.JSEngine.setFlags(" ".join(FLAGS))
        # V8 looks for its time zones beside the program that this path names.
        program = Path(binding.__file__).parent / "stpyv8-icu" / "python"
        binding.JSPlatform(str(program)).init()
        self._isolate = binding.JSIsolate()
        self._isolate.enter()
        self._lock = binding.JSLocker()
        self._lock.enter()
        self._context = binding.JSContext(None)
        self._context.enter()
        self._thread = threading.get_ident()

    @property
    def is_of_this_thread(self) -> bool:
        """Whether the calling thread may use the context."""
        return threading.get_ident() == self._thread

    def run(self, script: str) -> Any:
        """The value of a script, once all that it started has ended."""
        return self._context.eval(script)
