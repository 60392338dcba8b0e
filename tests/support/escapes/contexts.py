"""Where an attempt is made from: threads, finalizers, handlers, callbacks, import time."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import importlib
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import greenlet

from tests.support.escapes import Act, Outside

Context = Callable[[Act, Outside], Any]
CONTEXTS: dict[str, Context] = {}


def context(function: Context) -> Context:
    CONTEXTS[function.__name__] = function
    return function


def quietly(act: Act, o: Outside) -> Callable[..., None]:
    def work(*args: Any) -> None:
        with contextlib.suppress(Exception):
            act(o)

    return work


@context
def thread(act: Act, o: Outside) -> None:
    worker = threading.Thread(target=quietly(act, o), daemon=True)
    worker.start()
    worker.join()


@context
def low_thread(act: Act, o: Outside) -> None:
    import _thread

    done = threading.Event()
    work = quietly(act, o)

    def both() -> None:
        work()
        done.set()

    _thread.start_new_thread(both, ())
    done.wait(5)


@context
def timer(act: Act, o: Outside) -> None:
    worker = threading.Timer(0.001, quietly(act, o))
    worker.start()
    worker.join()


@context
def pool(act: Act, o: Outside) -> None:
    with ThreadPoolExecutor(1) as executor:
        executor.submit(quietly(act, o)).result()


@context
def executor_of_a_loop(act: Act, o: Outside) -> None:
    async def work() -> None:
        await asyncio.get_running_loop().run_in_executor(None, quietly(act, o))

    asyncio.run(work())


@context
def callback_of_a_loop(act: Act, o: Outside) -> None:
    async def work() -> None:
        asyncio.get_running_loop().call_soon(quietly(act, o))
        await asyncio.sleep(0)

    asyncio.run(work())


@context
def finalizer(act: Act, o: Outside) -> None:
    class Junk:
        def __del__(self) -> None:
            quietly(act, o)()

    Junk()


@context
def finalizer_of_a_cycle(act: Act, o: Outside) -> None:
    class Junk:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            quietly(act, o)()

    Junk()
    gc.collect()


@context
def weak_reference(act: Act, o: Outside) -> None:
    class Thing: ...

    thing = Thing()
    weakref.finalize(thing, quietly(act, o))
    del thing


@context
def signal_handler(act: Act, o: Outside) -> None:
    signal.signal(signal.SIGUSR2, quietly(act, o))
    signal.raise_signal(signal.SIGUSR2)


@context
def trace_function(act: Act, o: Outside) -> None:
    work = quietly(act, o)

    def trace(*args: Any) -> None:
        sys.settrace(None)
        work()

    sys.settrace(trace)
    len(sorted([1], key=lambda item: item))
    sys.settrace(None)


@context
def gc_callback(act: Act, o: Outside) -> None:
    gc.callbacks.append(quietly(act, o))
    gc.collect()
    gc.callbacks.clear()


@context
def closed_generator(act: Act, o: Outside) -> None:
    def rows() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            quietly(act, o)()

    generator = rows()
    next(generator)
    generator.close()


@context
def other_context(act: Act, o: Outside) -> None:
    contextvars.Context().run(quietly(act, o))


@context
def own_greenlet(act: Act, o: Outside) -> None:
    greenlet.greenlet(quietly(act, o)).switch()


@context
def evaluated(act: Act, o: Outside) -> None:
    exec("work()", {"work": quietly(act, o)})


@context
def attribute_access(act: Act, o: Outside) -> None:
    class Lazy:
        @property
        def value(self) -> None:
            return quietly(act, o)()

    Lazy().value  # noqa: B018


@context
def at_import(act: Act, o: Outside) -> None:
    Path("acts_at_import.py").write_text(
        "from tests.support.escapes import contexts\ncontexts.due()\n"
    )
    sys.path.insert(0, "")
    globals()["due"] = quietly(act, o)
    importlib.import_module("acts_at_import")
