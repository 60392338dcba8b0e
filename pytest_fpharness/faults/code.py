"""A function of the bot that raises or returns a wrong value."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from .base import Fault, MissingRole, fault

#: Symbols that get qualifying flow when a fault needs several candidates in one cycle.
_BUSY = ("AAPL", "MSFT", "NVDA", "AMD", "META", "AMZN")
FUNCTION: Final = ParamSpec("function", "text", "role of the function", required=True)
SYMBOL: Final = ParamSpec(
    "symbol", "text", "fail only for this symbol, which gets a signal in each cycle"
)
SYMBOLS: Final = ParamSpec(
    "symbols", "count", "number of symbols that get a signal in each cycle", default=0
)
_FAILURES = ("raises", "none", "nan", "inf", "text", "number")


@fault(
    "function.fails",
    "A function of the bot raises, or returns a wrong value.",
    FUNCTION,
    ParamSpec("how", "choice", "how it fails", default="raises", choices=_FAILURES),
    ParamSpec("number", "number", "return value with how: number", default=0),
    SYMBOL,
    SYMBOLS,
    port="code",
    persistence="pinned",
)
class FunctionFails(Fault):
    """Replaces the function in all modules that bind it, in every incarnation of each process."""

    witness = "the bot calls the function, and it fails"

    def inject(self) -> None:
        """Replace it in every process and add signals, so that it is called; raises MissingRole."""
        name = str(self.params["function"])
        try:
            self.module, _, self.attribute = self.world.layout.functions[name].partition(":")
        except KeyError:
            raise MissingRole(name) from None
        self.held: list[tuple[Any, str, Any]] = []
        symbol = self.params["symbol"]
        busy = [str(symbol)] if symbol else _BUSY[: int(self.params["symbols"])]
        self.load = self.world.uw_api.repeat(busy) if busy else None
        for process in self.world.processes.declared:
            self._replace(process)

    def undo(self) -> None:
        if self.load is not None:
            self.load.lift()
        while self.held:
            module, attribute, original = self.held.pop()
            setattr(module, attribute, original)

    def watch(self, event: Event) -> None:
        """Replace it in a new incarnation, which has its modules after it ran for the first time."""
        if event.kind == "process.start":
            self.world.after(1, functools.partial(self._restarted, str(event.facts["process"])))

    def _restarted(self, process: str) -> None:
        if self.active:
            self._replace(process)

    def _replace(self, process: str) -> None:
        modules = self.world.processes.host.modules(process)
        original = getattr(modules.get(self.module), self.attribute, None)
        if not callable(original) or hasattr(original, "fails_by"):
            return
        failing = self._failing(original)
        for module in modules.values():
            for name, value in list(vars(module).items()):
                if value is original:
                    self.held.append((module, name, original))
                    setattr(module, name, failing)

    def _failing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **named: Any) -> Any:
            if not self._fails_for((*args, *named.values())):
                return original(*args, **named)
            answer, changed, failed = self.answer(functools.partial(original, *args, **named))
            met, name = self.met, self.params["function"]
            if changed:
                self.record_hit(f"called {name}: {self.how()}")
            else:
                self.record_no_target()
            if failed:
                self.world.seen[f"function.fails:{name}"] += self.met - met
            if isinstance(answer, Exception):
                raise answer
            return answer

        vars(call)["fails_by"] = self
        return call

    def _fails_for(self, arguments: Iterable[Any]) -> bool:
        """Whether this call fails; calls before the added signals arrive do not."""
        if self.load is not None and not self.load.met:
            return False
        symbol = self.params["symbol"]
        return not symbol or any(_is_about(argument, symbol) for argument in arguments)

    def how(self) -> str:
        return str(self.params["how"])

    def answer(self, call: Callable[[], Any]) -> tuple[Any, bool, bool]:
        """Return the value or the exception to raise, whether it changed, and whether it is a failure."""
        how = self.how()
        if how == "raises":
            return ZeroDivisionError("float division by zero"), True, True
        answers = {"none": None, "nan": math.nan, "inf": math.inf, "text": "unknown"}
        return answers.get(how, self.params["number"]), True, True


def _is_about(argument: Any, symbol: str) -> bool:
    """Whether an argument is a symbol, or an object or mapping that names it."""
    if isinstance(argument, dict):
        return symbol in (argument.get("symbol"), argument.get("ticker"))
    return symbol in (argument, getattr(argument, "symbol", None))
