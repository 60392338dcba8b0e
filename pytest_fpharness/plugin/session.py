"""The session of the controller: it plans, writes the journal, and writes the report at the end."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.plugin import marked_tests
from pytest_fpharness.report.journal import Canary, End, Header, Journal, JournalError
from pytest_fpharness.report.lock import DirectoryLock
from pytest_fpharness.report.marked_tests import MarkedTest
from pytest_fpharness.report.texts import summary_lines, target_line
from .collection import ASSIGNMENT, REPORT_DATA, RUNS, Assignment, RunCache, ScenarioItem
from .html_columns import HtmlColumns
from .planning import Known, SessionPlan, plan_session
from .provenance import header_of, utc_now

PARTIAL = "partial"
JOURNAL = "journal.jsonl"
#: Options with which pytest collects and runs no test.
RUN_NOTHING = (
    "collectonly",
    "setuponly",  # also set by --setup-plan
    "show_fixtures_per_test",
    "showfixtures",
)


def begin_session(config: pytest.Config) -> None:
    """Load and check everything, then register the session; raises UsageError."""
    plan = plan_session(config)
    if plan is None:
        return
    session = _session(config, plan)
    config.stash[ASSIGNMENT] = session.assignment
    config.stash[RUNS] = session.runs
    config.args = list(session.assignment.args)
    # Otherwise the header would show testpaths.
    config.args_source = pytest.Config.ArgsSource.ARGS
    config.pluginmanager.register(session, "fpharness-session")
    session.write_target_line()
    if config.pluginmanager.hasplugin("html"):
        config.pluginmanager.register(
            HtmlColumns(session.assignment.target_label, session.link), "fpharness-html"
        )


def _session(config: pytest.Config, plan: SessionPlan) -> FpSession:
    try:
        return FpSession(config, *plan)
    except BlockingIOError:
        plan.runs.close()
        raise pytest.UsageError(
            f"another session is writing to the report directory {plan.known.settings.report}; "
            f"wait until it ends, or name another directory with --fp-report"
        ) from None
    except OSError as error:
        plan.runs.close()
        raise pytest.UsageError(f"cannot write the journal: {error}") from None


def join_session(config: pytest.Config, assignment_text: str) -> None:
    """In a worker: take the assignment of the controller."""
    assignment = from_plain(Assignment, json.loads(assignment_text))
    config.stash[ASSIGNMENT] = assignment
    config.stash[RUNS] = RunCache(assignment)
    config.args = list(assignment.args)


def leave_session(config: pytest.Config) -> None:
    """End the warm processes, wherever the session stopped."""
    runs = config.stash.get(RUNS, None)
    if runs is not None:
        runs.close()


class FpSession:
    """Hooks of the controller, which alone writes files."""

    def __init__(
        self, config: pytest.Config, known: Known, assignment: Assignment, runs: RunCache
    ) -> None:
        self.config, self.known, self.assignment, self.runs = config, known, assignment, runs
        self.ids = tuple(plan.id for plan in assignment.plans())
        self.broken = ""  # why the journal can no longer be written
        self.gap_of: dict[str, str] = {}  # id of each record -> its accepted gap, or ""
        self.begun: set[str] = set()  # ids with any report
        self.stopped = False
        self._tests_planned = False
        self._began = time.monotonic()
        self._summary: list[str] = []
        self._collects_only = any(config.getoption(name, False) for name in RUN_NOTHING)
        self.journal: Journal | None = None
        self._hold: DirectoryLock | None = None
        if not self._collects_only:
            self._hold = DirectoryLock(known.settings.report)
            self._open_journal()

    @property
    def partial(self) -> bool:
        """Whether a part of the catalog was selected, or the session stopped early."""
        return self.stopped or set(self.ids) != set(self.known.everything)

    @property
    def directory(self) -> Path:
        """The directory of the report: a partial report never overwrites a full one."""
        report = self.known.settings.report
        return report / PARTIAL if self.partial else report

    @property
    def page(self) -> Path:
        return self.directory / "index.html"

    def link(self) -> str:
        """Return the path of the page, relative to the file of pytest-html."""
        return os.path.relpath(self.page, Path(self.config.getoption("htmlpath")).parent)

    def write_target_line(self) -> None:
        """Name the target on the terminal, also with ``-qq``: in the first and the last line."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(target_line(self.assignment.target_label))

    # -- the journal --------------------------------------------------------------------------

    def _open_journal(self) -> None:
        """Start the journal with all planned ids, in the partial directory until the session ends."""
        known = self.known
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(known.settings.report / PARTIAL / JOURNAL)
        self.journal.plan(self._header())

    def _header(self) -> Header:
        known = self.known
        config = {
            "target": known.choice.name,
            "base": known.choice.base,
            "seed": known.settings.seed,
            "scenarios": [str(path) for path in known.settings.scenarios],
            "shipped": known.settings.shipped,
            "args": [str(arg) for arg in self.config.invocation_params.args],
        }
        return header_of(
            known.catalog,
            known.info,
            self.ids,
            demo=known.choice.demo,
            partial=self.partial,
            document=known.settings.document,
            gaps=self.assignment.gaps,
            expired=self.assignment.expired,
            new=self.assignment.new,
            config=config,
            confinement=known.confinement,
        )

    def _keep_collected(self, ids: Iterable[str]) -> None:
        """Plan only what -k, -m, --lf and the like have left."""
        kept = set(ids)
        if kept != set(self.ids) and not self.gap_of:
            self.ids = tuple(id for id in self.ids if id in kept)
            if not self._collects_only:
                self._open_journal()

    def _write(self, add: Callable[[Journal], None]) -> None:
        if self.journal is None or self.broken:
            return
        try:
            add(self.journal)
        except OSError as error:
            # The verdicts still reach the terminal; the exit code shows that the evidence is lost.
            self.broken = f"cannot write the journal: {error.strerror or error}"

    # -- hooks --------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without xdist: start every run at once; each item waits for its own."""
        if self.config.pluginmanager.hasplugin("dsession"):
            return
        items = [item for item in session.items if isinstance(item, ScenarioItem)]
        self._keep_collected(item.plan.id for item in items)
        if not self._collects_only and not session.testsfailed:
            self.runs.prefetch(item.plan for item in items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the assignment to a worker, which starts warm processes of its own."""
        self.runs.close()
        node.workerinput["fpharness"] = json.dumps(to_plain(self.assignment))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """With xdist only the workers collect: learn from them what -k has left."""
        self._keep_collected(id for nodeid in ids if (id := self._plan_id(str(nodeid))))

    def _plan_id(self, nodeid: str) -> str:
        path, _, variant = nodeid.partition("::")
        files = self.assignment.files
        real = os.path.realpath(self.config.rootpath / path)
        if real not in files:  # outside the root directory
            real = next((other for other in files if other.endswith(os.sep + path)), "")
        return next((plan.id for plan in files.get(real, ()) if plan.variant == variant), "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a record to the journal as soon as its report arrives."""
        self.begun.add(self._plan_id(report.nodeid))
        data = getattr(report, REPORT_DATA, None)
        if data:
            self.gap_of[data["id"]] = data["gap"]
            worker = getattr(getattr(report, "node", None), "gateway", None)
            name = str(worker.id) if worker is not None else ""
            canaries = [Canary(**canary, worker=name) for canary in data["canaries"]]
            record = data.pop("record")  # the terminal keeps every report until the end
            self._write(lambda journal: journal.record_text(record))
            for canary in canaries:
                self._write(partial(Journal.canary, canary=canary))
        tests = getattr(report, marked_tests.REPORT_DATA, {})
        if (planned := tests.get("planned")) and not self._tests_planned:
            self._tests_planned = True  # each worker collects the same tests
            self._write(lambda journal: journal.plan_tests(planned))
        if plain := tests.get("test"):
            test = from_plain(MarkedTest, plain)
            self._write(lambda journal: journal.test(test))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Write the report before the terminal's summary, and the target after it."""
        self.stopped = any(id not in self.begun for id in self.ids)
        self.runs.close()
        if self.journal is not None:
            self._finish()
        if self.broken:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        yield
        self.write_target_line()

    def pytest_unconfigure(self) -> None:
        """Release the report directory for other sessions."""
        if self._hold is not None:
            self._hold.release()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write counts, the worst finding, the gate and the path of the report."""
        if self._collects_only:
            points = len({id.partition("/")[0] for id in self.ids})
            self._summary = [
                f"{pluralize(len(self.ids), 'run')} of {pluralize(points, 'failure point')}"
            ]
        if self._summary:
            terminalreporter.write_sep("=", "failure points")
        for line in self._summary:
            terminalreporter.write_line(line)

    # -- the end ------------------------------------------------------------------------------

    def _finish(self) -> None:
        assert self.journal is not None
        wall = round(time.monotonic() - self._began, 3)
        errors = (self.broken,) if self.broken else ()
        try:
            self.journal.end(End(utc_now(), wall, self.stopped, errors))
            self._write_report(self._move(self.journal.path))
        except (OSError, JournalError) as error:
            self.broken = self.broken or str(error)
        if self.broken:
            self._summary.append(f"ERROR: {self.broken}")

    def _move(self, path: Path) -> Path:
        """Move the journal of a full session to its place, in one step; return its path."""
        if self.partial:
            return path
        final = self.directory / JOURNAL
        os.replace(path, final)
        return final

    def _write_report(self, journal: Path) -> None:
        from pytest_fpharness.report.gate import gate
        from pytest_fpharness.report.write import write_report

        coverage = write_report(journal, self.directory)
        page = os.path.relpath(self.page, self.config.invocation_params.dir)
        shown = str(self.page) if page.startswith("..") else page
        self._summary = list(summary_lines(coverage, gate(coverage), shown))
        requirements = self.known.catalog.document.requirement_ids()
        self._summary += [
            f"{id}: {message}"
            for id, message in self.assignment.expired.items()
            if id in requirements
        ]
        closed = [id for id in self.assignment.gaps if self.gap_of.get(id) == ""]
        if closed:
            self._summary.append(f"accepted gaps that no longer occur: {', '.join(closed[:3])}")
