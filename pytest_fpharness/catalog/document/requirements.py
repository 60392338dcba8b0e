"""What the document asks of the whole: its chapters on tests, monitoring, dashboard and healing.

Each bullet names the clauses that every run is asked anyway and that show it; the report judges a
requirement from those, never from this table alone. ``lint --document`` reads it against the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Demand:
    """One bullet or step of a requirement."""

    says: str  # in our own words
    document: str  # words of the document's bullet, by which it is recognised
    clauses: tuple[str, ...] = ()  # each must have passed; "a|b": one of the two
    of: str = "each"  # each, critical or some failure points; or a flow: TEST-1, TEST-2
    readiness: str = ""  # only runs in which this colour is due while the fault holds
    control: bool = False  # shown by runs in which nothing is wrong: controls and twins
    needs: str = ""  # the ability without which it is MISSING


@dataclass(frozen=True)
class Requirement:
    """One of the document's headings beside its failure points, such as ``### M-1: ...``."""

    id: str
    title: str
    rule: str
    demands: tuple[Demand, ...]

    def bullets(self) -> dict[str, Demand]:
        """Its demands by their ids, ``b1`` and so on, in the order of the document."""
        return {f"b{number}": demand for number, demand in enumerate(self.demands, 1)}


#: The ways back that a scenario's ``heal`` knows; a run is asked about one of them.
_WAY_BACK: Final = (
    "heal|heal.declared|heal.retry|heal.resends|heal.others|heal.manual|heal.gives_up"
)

TESTS: Final = (
    Requirement(
        "TEST-1",
        "A signal with a known score is traced through every gate",
        "every run of the flow holds, and each step was seen in one",
        (
            Demand("a fake cluster with a known score", "fake cluster", ("met",), "TEST-1"),
            Demand("it enters by the bot's own path", "inject into", ("flow.decided",), "TEST-1"),
            Demand("every gate on its way is told", "all gates", ("flow.trace",), "TEST-1"),
            Demand(
                "it ends in a filled order",
                "execution path",
                ("flow.order", "flow.filled"),
                "TEST-1",
            ),
            Demand(
                "the gate that blocks is named, and no order leaves",
                "blocking points",
                ("flow.blocked", "flow.no_order"),
                "TEST-1",
            ),
        ),
    ),
    Requirement(
        "TEST-2",
        "From the vendor's flow to a filled paper order in the trade log",
        "every run of the flow holds, and each step was seen in one",
        (
            Demand("the vendor's rows reach the cache", "populate cache", ("met",), "TEST-2"),
            Demand("the cache becomes a cluster", "generate clusters", ("flow.decided",), "TEST-2"),
            Demand("the cluster gets a score", "score signals", ("flow.decided",), "TEST-2"),
            Demand("it passes every gate", "all gates", ("flow.trace",), "TEST-2"),
            Demand(
                "a paper order is sent and filled",
                "attempt execution",
                ("flow.order", "flow.filled"),
                "TEST-2",
            ),
            Demand(
                "the trade is in the log and in the books",
                "trade logged",
                ("log.trades", "always.fills_in_books"),
                "TEST-2",
            ),
        ),
    ),
    Requirement(
        "TEST-3",
        "Each failure point is provoked by itself",
        "for each failure point a run shows it, and no run speaks against it",
        (
            Demand("the failure is real, and the bot meets it", "simulate", ("inject", "met")),
            Demand("it is detected", "verify detection", ("detect",)),
            Demand(
                "it heals as it says",
                "verify self-healing",
                (_WAY_BACK,),
            ),
            Demand("the dashboard shows it", "dashboard update", ("row",), needs="dashboard"),
            Demand("the bot trades again", "verify recovery", ("recover",)),
        ),
    ),
)

MONITORING: Final = (
    Requirement(
        "M-1",
        "Real-time health of each failure point",
        "each failure point's row is compared with health after every monitor pass",
        (
            Demand("its status now", "current status", ("row",), needs="dashboard"),
            Demand(
                "when it was last checked", "last check", ("row.last_check",), needs="dashboard"
            ),
            Demand("the state of its healing", "self-healing", ("row.healing",), needs="dashboard"),
            Demand("how its status went", "historical trends", ("row.trend",), needs="dashboard"),
        ),
    ),
    Requirement(
        "M-2",
        "Alerts",
        "alerts are counted where they leave the bot, at the webhook",
        (
            Demand(
                "a critical failure alerts at once",
                "alert immediately",
                ("alert.fire",),
                "critical",
                needs="alerts",
            ),
            Demand(
                "what stays unsolved is paged, with the manual steps",
                "escalate",
                ("page",),
                "critical",
                needs="alerts",
            ),
            Demand("every alert is in a log", "log all", ("alert.logged",), needs="alerts"),
        ),
    ),
    Requirement(
        "M-3",
        "What healing has done",
        "the bot's counts are compared with what happened in the world",
        (
            Demand("attempts are counted", "attempts", ("heal.claim", "heal.counted"), "some"),
            Demand("so are successes and failures", "rate", ("heal.counted",), "some"),
            Demand(
                "that a person is needed is said",
                "manual intervention",
                ("heal.gives_up|heal.manual",),
                "some",
            ),
        ),
    ),
)

DASHBOARD: Final = (
    Requirement(
        "D-1",
        "A page with all failure points",
        "the row of each failure point was read on the dashboard, and was true",
        (
            Demand("status now", "current status", ("row",), needs="dashboard"),
            Demand("last check", "last check", ("row.last_check",), needs="dashboard"),
            Demand("state of the healing", "self-healing", ("row.healing",), needs="dashboard"),
            Demand("what happened before", "historical data", ("row.trend",), needs="dashboard"),
        ),
    ),
    Requirement(
        "D-2",
        "The readiness indicator",
        "the colour is the one that is due, and the dashboard shows the same",
        (
            Demand(
                "GREEN while nothing is wrong",
                "green",
                ("colour",),
                "some",
                control=True,
                needs="dashboard",
            ),
            Demand(
                "YELLOW while trading may be limited",
                "yellow",
                ("colour", "indicator"),
                "some",
                readiness="YELLOW",
                needs="dashboard",
            ),
            Demand(
                "RED while trading is blocked, and no entry is sent",
                "red",
                ("colour", "indicator", "always.no_entry_while_red"),
                "some",
                readiness="RED",
                needs="dashboard",
            ),
        ),
    ),
    Requirement(
        "D-3",
        "A page for each failure point",
        "the page of the failure point was opened at the end of each of its runs",
        (
            Demand(
                "how it is detected, and what was found",
                "detection details",
                ("detail", "detail.detection"),
                needs="details",
            ),
            Demand(
                "what the healing did",
                "self-healing history",
                ("detail.healing",),
                "some",
                needs="details",
            ),
            Demand("its log lines", "related logs", ("detail.logs",), needs="details"),
            Demand(
                "what a person can do", "manual actions", ("detail.manual_steps",), needs="details"
            ),
        ),
    ),
)

HEALING: Final = (
    Requirement(
        "SH-1",
        "Automatic recovery",
        "for each failure point a run shows it, judged by its effect",
        (
            Demand("it is detected", "detection mechanism", ("detect",)),
            Demand(
                "there is a way back",
                "recovery procedure",
                (_WAY_BACK,),
            ),
            Demand("that it trades again is verified", "success verification", ("recover",)),
            Demand(
                "what does not heal is given up, and a person called",
                "fallback",
                ("heal.gives_up",),
                "some",
            ),
        ),
    ),
    Requirement(
        "SH-2",
        "When healing fails",
        "shown by runs in which the healing cannot succeed, or was broken on purpose",
        (
            Demand("a person is paged", "alert immediately", ("page",), "some", needs="alerts"),
            Demand("a log says what was tried", "log for", ("heal.logged",), "some"),
            Demand("the manual steps are shown", "manual recovery", ("heal.steps",), "some"),
        ),
    ),
    Requirement(
        "SH-3",
        "Learning from failures",
        "the bot's statistics are compared with what happened in the run",
        (
            Demand(
                "how often it fails",
                "failure frequency",
                ("statistics", "statistics.failures"),
                needs="statistics",
            ),
            Demand(
                "how often healing helped",
                "success rate",
                ("statistics.rate",),
                "some",
                needs="statistics",
            ),
            Demand(
                "what recurs, and what fails along with it",
                "patterns",
                ("statistics.patterns",),
                needs="statistics",
            ),
            Demand(
                "what should be improved",
                "improvements",
                ("statistics.improvements",),
                "some",
                needs="statistics",
            ),
        ),
    ),
)

#: All of them, in the order of the document.
REQUIREMENTS: Final = (*TESTS, *MONITORING, *DASHBOARD, *HEALING)
