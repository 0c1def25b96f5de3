"""Features of notebooks, each with the cells that use it; the cells of a group share a kernel."""

from __future__ import annotations

from typing import Final

Cells = tuple[str, ...]

WAIT: Final = "import time\ntime.sleep(0.3)"
"""A kernel reads in a thread what other programs write, perhaps after the cell has ended."""

OUTPUTS: Final[dict[str, Cells]] = {
    "print": ('print("one")\nprint("two", end="")', 'print("three", flush=True)'),
    "print to standard error": ('import sys\nprint("problem", file=sys.stderr)',),
    "both streams in turn": (
        'import sys\nfor n in range(3):\n    print("out", n)\n    print("err", n, file=sys.stderr)',
    ),
    "both streams slowly": (
        "import sys, time\n"
        'print("first")\ntime.sleep(0.4)\nprint("second", file=sys.stderr)\ntime.sleep(0.4)\n'
        'print("third")',
    ),
    "a stream between displays": (
        "from IPython.display import display\n"
        'print("before")\ndisplay(1)\nprint("between")\ndisplay(2)\nprint("after")\n3',
    ),
    "results of all kinds": ("1", "'text'", "None", "[1, (2, 3), {'k': None}]", "1.5", "print"),
    "several expressions": ("1\n2\n3",),
    "a result without output": ("12345;", "_", "x = 6; x ;"),
    "long and nested values": (
        "{f'key {n}': [list(range(n)), 'text ' * n] for n in range(30)}",
        "list(range(2000))",
    ),
    "earlier results": ("7 * 6", "_, __, ___", "Out[min(Out)], len(In), _i", "_ih[-1], _oh is Out"),
    "classes of IPython.display": (
        "from IPython.display import (HTML, JSON, SVG, Image, Latex, Markdown, Math, Javascript,\n"
        "                             Code, IFrame, ProgressBar, Pretty)\n"
        "display(HTML('<b>bold</b>'), Markdown('**bold**'), Latex('$x$'), Math('x^2'))\n"
        "display(JSON({'a': [1, None]}, expanded=True), Pretty('pretty'), Javascript('alert(1)'))\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><rect/></svg>'))\n"
        "display(Code('x = 1', language='python'), IFrame('about:blank', 10, 20))",
        "display(ProgressBar(3))",
    ),
    "a picture": (
        "import base64\n"
        "PNG = base64.b64decode(\n"
        "    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD'\n"
        "    'hgGAWjR9awAAAABJRU5ErkJggg==')\n"
        "Image(PNG)",
        "display(Image(PNG, width=20, alt='a point'), metadata={'isolated': True})",
    ),
    "metadata of a display": (
        "display(HTML('<i>x</i>'), metadata={'text/html': {'isolated': True}})",
        "display({'text/plain': 'raw', 'application/x-own+json': {'a': 1}}, raw=True)",
    ),
    "numbers that JSON does not have": (
        "display({'application/json': {'a': float('nan'), 'b': float('inf')}}, raw=True)",
        "display({'application/json': {1: (2, 3), None: {4}}}, raw=True)",
    ),
    "bytes in a bundle": ("display({'image/png': PNG, 'application/pdf': b'%PDF'}, raw=True)",),
    "an update of a display": (
        "handle = display(HTML('state 1'), display_id='state')\nprint('x')\n"
        "handle.update(HTML('state 2'))",
        "from IPython.display import update_display\nupdate_display(HTML('state 3'), "
        "display_id='state')",
        "display(HTML('state 4'), display_id='state')",
        "update_display(1, display_id='unused')",
    ),
    "cleared outputs": (
        "from IPython.display import clear_output\n"
        "print('step 1')\nclear_output()\nprint('step 2')",
        "for n in range(3):\n    clear_output(wait=True)\n    print('step', n)\ndisplay(n)",
        "print('gone')\nclear_output(wait=True)",
        "handle = display(1, display_id='c')\nclear_output()\nhandle.update(2)\nprint('end')",
    ),
    "carriage returns": (
        "for share in (10, 60, 100):\n    print(f'\\r{share} %', end='', flush=True)\n",
        "print('ab\\b\\bc')",
    ),
    "representations of an object": (
        "class Own:\n"
        "    def _repr_html_(self): return '<b>own</b>'\n"
        "    def _repr_latex_(self): return '$own$', {'meta': 1}\n"
        "    def _repr_png_(self): return PNG\n"
        "    def _repr_svg_(self): return '<svg/>'\n"
        "    def __repr__(self): return 'own text'\n"
        "Own()",
        "display(Own(), include=['text/html'])",
    ),
    "a bundle of an object": (
        "class Bundle:\n"
        "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/plain': 'p', 'text/html': '<p>'}, {'text/html': {'m': 1}}\n"
        "Bundle()",
    ),
    "an object that displays itself": (
        "class Display:\n    def _ipython_display_(self): print('itself')\nDisplay()",
        "display(Display())",
    ),
    "a representation that fails": (
        "class Broken:\n    def _repr_html_(self): return 1 / 0\nBroken()",
        "class Silent:\n    def __repr__(self): raise ValueError('no text')\nSilent()",
        "display(Silent())",
    ),
    "formatters of a notebook": (
        "html = get_ipython().display_formatter.formatters['text/html']\n"
        "html.for_type(complex, lambda value: f'<i>{value}</i>')\n1 + 2j",
        "html.pop(complex)\n1 + 2j",
    ),
    "frames of Polars": (
        "import polars as pl\npl.DataFrame({'a': [1, None], 'b': ['x', 'y']})",
        "pl.Series('values', [1.5, 2.5])",
        "pl.DataFrame({'a': range(500)})",
        "display(pl.DataFrame({'a': [1]}).lazy().select(pl.col('a') + 1).collect())",
    ),
    "a chart of Altair": (
        "import altair as alt\n"
        "alt.Chart(pl.DataFrame({'a': [1, 2]}), title='T').mark_bar().encode(x='a:Q')",
    ),
}

ERRORS: Final[dict[str, Cells]] = {
    "an error": ("print('before')\n1 / 0", "print('next')"),
    "an error in functions": (
        "def outer(value):\n    return inner(value)\n\n"
        "def inner(value):\n    return value['key']\n",
        "outer({})",
    ),
    "chained errors": (
        "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('outer') from error",
        "try:\n    {}['a']\nexcept KeyError:\n    raise ValueError('while')",
    ),
    "a group of errors": ("raise ExceptionGroup('several', [ValueError(1), KeyError('k')])",),
    "an error of a library": ("import json\njson.loads('{')",),
    "an error without a message": ("raise RuntimeError", "assert 1 == 2, ('a', 'b')"),
    "an error of an own class": (
        "class Own(Exception):\n    def __str__(self): return 'own text'\nraise Own",
        "class Shown(Exception):\n"
        "    def _render_traceback_(self): return ['line 1', 'line 2']\nraise Shown('x')",
        "class Worse(Exception):\n    def __str__(self): return 1 / 0\nraise Worse",
    ),
    "notes of an error": ("error = ValueError('noted')\nerror.add_note('a note')\nraise error",),
    "a syntax error": ("def f(:", "x = = 1", "print('a'", "    indented\nless", "return 1"),
    "an error while names are resolved": ("undefined_name", "del undefined_name"),
    "an error in evaluated code": ("eval('1 / 0')", "exec('x = (')", "compile('x =', 'f', 'exec')"),
    "an interrupt": ("raise KeyboardInterrupt", "import os, signal\nos.kill(os.getpid(), 2)"),
    "an error in a thread": (
        "import threading\nthread = threading.Thread(target=lambda: 1 / 0, name='worker')\n"
        "thread.start()\nthread.join()",
    ),
    "an error in a finalizer": (
        "class Final:\n    def __del__(self): raise ValueError('late')\nx = Final()\ndel x",
    ),
    "the last error": (
        "import sys\n1 / 0",
        "sys.last_value, sys.last_type",
    ),
    "an own handler of errors": (
        "shell = get_ipython()\n"
        "def handle(shell, kind, value, tb, tb_offset=None): print('handled', value)\n"
        "shell.set_custom_exc((LookupError,), handle)\n{}['k']",
        "shell.set_custom_exc((), None)\n{}['k']",
    ),
    "input from a person": (
        "eval('input')('name?')",
        "import getpass\neval('getpass.getpass')()",
    ),
    "an error in a display": (
        "class Bad:\n    def _ipython_display_(self): 1 / 0\nBad()",
        "display(Bad())",
    ),
    "an exit in a function": ("def leave():\n    raise SystemExit('text of the exit')\n",),
    "warnings": (
        "import warnings\nwarnings.warn('be careful')",
        "warnings.warn('old', DeprecationWarning)",
        "warnings.warn('pending', PendingDeprecationWarning)",
        "def old():\n    warnings.warn('called', FutureWarning, stacklevel=2)\nold()\nold()",
        "warnings.simplefilter('error')\nwarnings.warn('strict')",
        "warnings.resetwarnings()\nwarnings.warn('again')",
    ),
    "warnings of the compiler": ("'\\d'", "1 is 1", "assert (1, 'x')"),
    "log records": (
        "import logging\nlogging.warning('to the root')\nlogging.info('unseen')",
        "logging.getLogger('own').error('to a logger')\n"
        "logging.getLogger('smartinst.runs').warning('of the program')",
        "logging.basicConfig(level=logging.INFO)\nlogging.info('seen now')",
        "logging.getLogger('own').setLevel('DEBUG')\nlogging.getLogger('own').debug('details')",
    ),
}

PROCESS: Final[dict[str, Cells]] = {
    "await": (
        "import asyncio\nprint('a')\nawait asyncio.sleep(0.01)\n'awaited'",
        "async def value(n):\n    await asyncio.sleep(0)\n    return n\n"
        "await asyncio.gather(value(1), value(2))",
        "async def numbers():\n    for n in range(3):\n        yield n\n"
        "async for n in numbers():\n    print(n)",
        "await asyncio.wait_for(asyncio.sleep(5), 0.01)",
        "raise ValueError(await value(3))",
    ),
    "a loop that already runs": (
        "sleeping = asyncio.sleep(0)\n"
        "try:\n    asyncio.run(sleeping)\nfinally:\n    sleeping.close()",
        "asyncio.get_event_loop().is_running()",
    ),
    "a task over several cells": (
        "done = []\n"
        "async def work():\n    await asyncio.sleep(0.01)\n    done.append(1)\n"
        "task = asyncio.create_task(work())",
        "await task\ndone",
    ),
    "commands of the shell": (
        "!echo hello",
        "lines = !printf 'a\\nb\\n'\nlines",
        "!exit 3",
        "_exit_code",
        "word = 'value'\n!echo {word} $word",
        "!echo problem >&2",
        "!!echo captured",
        "!sleep 0 &",
    ),
    "cells of the shell": (
        "%%bash\necho one\necho two >&2",
        "%%bash\nexit 4",
        "%%sh\necho sh",
        "%%script python3 --out text\nprint(6 * 7)",
        "text",
        "%%script cat\nplain",
    ),
    "output of other programs": (
        f"import os, subprocess, sys\nos.system('echo from a command')\n{WAIT}",
        f"subprocess.run(['echo', 'from a program'])\n{WAIT}",
        "subprocess.check_output(['echo', 'x'])",
        f"subprocess.run('echo problem >&2', shell=True)\n{WAIT}",
        f"subprocess.run(['cat'], input=b'given to a program\\n')\n{WAIT}",
    ),
    "file descriptors": (
        f"os.write(1, b'raw out\\n')\n{WAIT}",
        f"os.write(2, b'raw err\\n')\n{WAIT}",
        f"os.write(1, 'caf\\u00e9\\n'.encode())\n{WAIT}",
        "import ctypes\nlibrary = ctypes.CDLL(None)\nlibrary.puts(b'from C')\n"
        f"library.fflush(None)\n{WAIT}",
        f"print('original', file=sys.__stdout__, flush=True)\n{WAIT}",
        f"os.write(1, b'x' * 200_000 + b'\\n')\n{WAIT}",
    ),
    "threads": (
        "from threading import Thread\n"
        "threads = [Thread(target=print, args=(f'thread {n}\\n',), kwargs={'end': ''}) "
        "for n in range(3)]\n"
        "for thread in threads:\n    thread.start()\n    thread.join()",
        "thread = Thread(target=display, args=('shown',))\nthread.start()\nthread.join()",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "list(ThreadPoolExecutor(2).map(lambda n: n * 2, range(4)))",
    ),
    "other processes": (
        "import multiprocessing\n"
        "def double(n):\n    return n * 2\n\n"
        "context = multiprocessing.get_context('fork')\n"
        "with context.Pool(2) as pool:\n    result = pool.map(double, range(4))\nresult",
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(1, mp_context=context) as pool:\n"
        "    result = pool.submit(double, 21).result()\nresult",
        "process = context.Process(target=print, args=('from a process',))\n"
        "process.start()\nprocess.join()",
    ),
    "a process that is spawned": (
        "import operator\n"
        "with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('spawn')) as pool:\n"
        "    result = pool.submit(operator.add, 20, 22).result()\nresult",
    ),
    "pickles of own classes": (
        "import pickle\nclass Point:\n    def __init__(self, x): self.x = x\n"
        "pickle.loads(pickle.dumps(Point(3))).x",
        "Point.__module__, __name__, '__file__' in globals()",
        "import __main__\n__main__.Point is Point",
    ),
    "redirected streams": (
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as text:\n"
        "    print('kept')\ntext.getvalue()",
        "old, sys.stdout = sys.stdout, io.StringIO()\n"
        "print('lost')\nsys.stdout = old\nprint('back')",
    ),
    "the streams themselves": (
        "sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable(), sys.stdout.closed",
        "type(sys.stdout).__name__, isinstance(sys.stdout.fileno(), int)",
        "sys.stdout.write('characters')",
        "sys.stdout.writelines(['a', 'b'])",
        "sys.stdout.buffer",
    ),
    "context variables": (
        "import contextvars, decimal\nvariable = contextvars.ContextVar('v', default=0)\n"
        "variable.set(5)\ndecimal.getcontext().prec = 5",
        "variable.get(), decimal.Decimal(1) / 3",
        "await asyncio.sleep(0)\nvariable.set(6)",
        "variable.get()",
    ),
    "the environment": (
        "[os.environ.get(name) for name in ('TERM', 'PAGER', 'FORCE_COLOR', 'MPLBACKEND', "
        "'SMARTINST_READER_LOCALE')]",
        "os.getcwd(), [p for p in sys.path if p in ('', os.getcwd())], sys.path[0] == ''",
        "[name for name in os.environ if name.startswith('SMARTINST')]",
        "%env TERM",
    ),
    "modules beside the notebook": (
        "%%writefile beside.py\n"
        "print('imported')\nVALUE = 9\n\n\ndef fail():\n    raise ValueError('there')",
        "import beside\nbeside.VALUE",
        "beside.fail()",
        "%run beside.py",
        "VALUE",
    ),
}

SHELL: Final[dict[str, Cells]] = {
    "the shell": (
        "shell = get_ipython()\ntype(shell).__name__, __IPYTHON__, 'IPKernelApp' in shell.config",
        "sorted(name for name in globals() if not name.startswith('_'))",
        "sorted(name for name in globals() if name.startswith('_') and name.strip('_i0123456789'))",
        "import builtins\n[hasattr(builtins, name) for name in ('display', 'get_ipython', '_')]",
        "shell.execution_count, shell.history_manager.session_number >= 0",
    ),
    "parameters": ("text, number",),
    "time": ("%time pass", "%%time\nx = 3\nx", "%timeit -n1 -r1 -q pass"),
    "captured output": (
        "%%capture captured\nprint('hidden')\ndisplay(1)\n2",
        "captured.stdout, captured.outputs[0].data",
        "captured.show()",
        "captured()",
    ),
    "magics of lines": (
        "import os",
        "%pwd",
        "%who",
        "%precision 3",
        "3.14159265",
        "%pprint",
        "[1, 2]",
        "%pprint",
        "%alias e echo",
        "%e aliased",
        "%unknown_magic",
        "%config InlineBackend",
        "%xmode Minimal",
        "1 / 0",
        "%xmode Context",
        "%psource get_ipython",
        "%store -d unstored",
        "get_ipython().profile_dir.location == os.path.expanduser('~/.ipython/profile_default')",
        "%whos int",
        "%dirs",
        "%cd .",
        "%automagic",
        "%load_ext autoreload",
        "%autoreload 0",
        "%load_ext unknown_extension",
        "%store",
        "%reset_selective -f shell",
        "%rehashx",
        "%colors",
        "%tb",
        "%env NEW=1",
        "%set_env NEW 2",
        "%doctest_mode",
        "%doctest_mode",
        "%sx echo x",
        "%system echo x",
        "%conda --version",
        "%logstate",
        "%macro again 1",
        "%prun -q pass",
    ),
    "magics of cells": (
        "%%html\n<b>bold</b>",
        "%%latex\n$x$",
        "%%markdown\n**b**",
        "%%svg\n<svg/>",
        "%%unknown\nx",
        "%%writefile -a notes.txt\nline",
        "!cat notes.txt",
        "%%python3\nprint(1)",
        "%%file other.txt\ntext",
        "%%perl\nprint 2",
    ),
    "help": ("print?", "len??", "?int", "help(len)", "%pinfo len", "*oat*?", "%quickref", "%magic"),
    "matplotlib": ("%matplotlib inline", "%matplotlib --list"),
    "history": ("In[-2:]", "%history -n 1-2", "%recall 1", "%rerun 1", "%notebook x.ipynb"),
    "events": (
        "shell = get_ipython()\nnames = []\n"
        "def after(result): print('after', result.success)\n"
        "shell.events.register('post_run_cell', after)",
        "print('cell')",
        "1 / 0",
        "shell.events.unregister('post_run_cell', after)",
        "def before(): print('before')\nshell.events.register('pre_execute', before)",
        "print('in')",
        "shell.events.unregister('pre_execute', before)\n"
        "def late(): 1 / 0\nshell.events.register('post_execute', late)",
        "print('x')",
        "shell.events.unregister('post_execute', late)",
    ),
    "transformers": (
        "def louder(lines): return [line.replace('LOUD', 'print') for line in lines]\n"
        "shell.input_transformers_cleanup.append(louder)",
        "LOUD('text')",
        "shell.input_transformers_cleanup.remove(louder)",
        "import ast\nclass Seven(ast.NodeTransformer):\n"
        "    def visit_Constant(self, node): return ast.copy_location(ast.Constant(7), node)\n"
        "shell.ast_transformers.append(Seven())",
        "1 + 1",
        "shell.ast_transformers.clear()\n1 + 1",
    ),
    "extensions of a notebook": (
        "%%writefile own_extension.py\n"
        "def load_ipython_extension(shell):\n    print('loaded')\n"
        "    shell.register_magic_function(lambda line: line.upper(), magic_name='upper')\n",
        "%load_ext own_extension",
        "%upper text",
        "%load_ext own_extension",
    ),
    "the next input": ("get_ipython().set_next_input('x = 1')\nprint('set')",),
    "cells in cells": (
        "get_ipython().run_cell('print(1)\\n2');",
        "get_ipython().ex('y = 4')\ny",
        "get_ipython().ev('y + 1')",
        "get_ipython().run_cell('1 / 0').success",
    ),
    "cells without code": ("# a comment", "'''text'''", "\n\n", "%%bash\n", "pass"),
    "scrapbook's way to publish": (
        "from IPython.display import publish_display_data\n"
        "publish_display_data({'application/papermill.record+json': {'a': 1}})",
    ),
    "names of the last values": ("a_1 = 5\na_1", "_, _i, _ii", "del _", "3", "_"),
    "reset": ("%reset -f", "sorted(n for n in globals() if not n.startswith('_'))", "number"),
}
