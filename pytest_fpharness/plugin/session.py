"""The controller's session: what is planned, the journal of what came, the report at the end."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.catalog.document.requirements import REQUIREMENTS
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.plugin.collection import ASSIGNMENT, RUNS, Assignment, Runs, ScenarioItem
from pytest_fpharness.plugin.html_columns import HtmlColumns
from pytest_fpharness.plugin.planning import Known, plan_session
from pytest_fpharness.plugin.provenance import header_of, utc_now
from pytest_fpharness.report.journal import Canary, End, Header, Journal, JournalError
from pytest_fpharness.report.lock import Hold
from pytest_fpharness.report.marked_tests import OwnTest
from pytest_fpharness.report.texts import pluralize, summary_lines, target_line

PARTIAL = "partial"
JOURNAL = "journal.jsonl"
#: Options with which pytest collects and runs no test.
RUN_NOTHING = (
    "collectonly",
    "setuponly",  # --setup-plan says it as well
    "show_fixtures_per_test",
    "showfixtures",
)


def begin_session(config: pytest.Config) -> None:
    """Load and check everything, then register the session; raises UsageError."""
    planned = plan_session(config)
    if planned is None:
        return
    session = _session(config, *planned)
    config.stash[ASSIGNMENT] = session.assignment
    config.stash[RUNS] = session.runs
    config.args = list(session.assignment.args)
    # Or the header says that testpaths were collected.
    config.args_source = pytest.Config.ArgsSource.ARGS
    config.pluginmanager.register(session, "fpharness-session")
    session.say_target()
    if config.pluginmanager.hasplugin("html"):
        config.pluginmanager.register(
            HtmlColumns(session.assignment.named, session.link), "fpharness-html"
        )


def _session(config: pytest.Config, known: Known, assignment: Assignment, runs: Runs) -> FpSession:
    try:
        return FpSession(config, known, assignment, runs)
    except BlockingIOError:
        runs.close()
        raise pytest.UsageError(
            f"another session is writing to the report directory {known.settings.report}: "
            f"wait for its end, or name another directory with --fp-report"
        ) from None
    except OSError as error:
        runs.close()
        raise pytest.UsageError(f"the journal cannot be written: {error}") from None


def join_session(config: pytest.Config, handed: str) -> None:
    """In a worker: take what the controller decided."""
    assignment = from_plain(Assignment, json.loads(handed))
    config.stash[ASSIGNMENT] = assignment
    config.stash[RUNS] = Runs(assignment)
    config.args = list(assignment.args)


def leave_session(config: pytest.Config) -> None:
    """End the warm processes, wherever the session stopped."""
    runs = config.stash.get(RUNS, None)
    if runs is not None:
        runs.close()


class FpSession:
    """Hooks of the controller: only it writes files."""

    def __init__(
        self, config: pytest.Config, known: Known, assignment: Assignment, runs: Runs
    ) -> None:
        self.config, self.known, self.assignment, self.runs = config, known, assignment, runs
        self.ids = tuple(plan.id for plan in assignment.plans())
        self.broken = ""  # why the journal cannot be written any more
        self.seen: dict[str, str] = {}  # by id: the accepted gap that a record shows, or ""
        self.begun: set[str] = set()  # ids of which any report came
        self.stopped = False
        self._tests_planned = False
        self._began = time.monotonic()
        self._summary: list[str] = []
        self._collects_only = any(config.getoption(name, False) for name in RUN_NOTHING)
        self.journal: Journal | None = None
        self._hold: Hold | None = None
        if not self._collects_only:
            self._hold = Hold(known.settings.report)
            self._open_journal()

    @property
    def partial(self) -> bool:
        """Whether less than the catalog was asked for, or the session stopped early."""
        return self.stopped or set(self.ids) != set(self.known.everything)

    @property
    def directory(self) -> Path:
        """Where the report goes: a partial one never overwrites a full one."""
        report = self.known.settings.report
        return report / PARTIAL if self.partial else report

    @property
    def page(self) -> Path:
        """The first page of the report."""
        return self.directory / "index.html"

    def link(self) -> str:
        """The page as pytest-html's file may link to it."""
        return os.path.relpath(self.page, Path(self.config.getoption("htmlpath")).parent)

    def say_target(self) -> None:
        """The first and the last line on the terminal name the target, however quiet it is."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(target_line(self.assignment.named))

    # -- the journal --------------------------------------------------------------------------

    def _open_journal(self) -> None:
        """All planned ids first. It stays in the partial folder until the session has ended."""
        known = self.known
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(known.settings.report / PARTIAL / JOURNAL)
        self.journal.plan(self._header())

    def _header(self) -> Header:
        known = self.known
        told = {
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
            config=told,
        )

    def _narrow(self, ids: Iterable[str]) -> None:
        """After -k, -m, --lf and the like: plan what was collected."""
        kept = set(ids)
        if kept != set(self.ids) and not self.seen:
            self.ids = tuple(id for id in self.ids if id in kept)
            if not self._collects_only:
                self._open_journal()

    def _write(self, add: Callable[[Journal], None]) -> None:
        if self.journal is None or self.broken:
            return
        try:
            add(self.journal)
        except OSError as error:
            # The verdicts still reach the terminal; the exit code says that the evidence is lost.
            self.broken = f"the journal cannot be written: {error.strerror or error}"

    # -- hooks --------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without xdist: every run is started ahead, each item waits for its own."""
        if self.config.pluginmanager.hasplugin("dsession"):
            return
        items = [item for item in session.items if isinstance(item, ScenarioItem)]
        self._narrow(item.plan.id for item in items)
        if not self._collects_only and not session.testsfailed:
            self.runs.ahead(item.plan for item in items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Each worker is told what was decided; it starts a warm process of its own."""
        self.runs.close()
        node.workerinput["fpharness"] = json.dumps(to_plain(self.assignment))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """The controller does not collect: what is left after -k comes from the workers."""
        self._narrow(id for nodeid in ids if (id := self._plan_id(str(nodeid))))

    def _plan_id(self, nodeid: str) -> str:
        path, _, variant = nodeid.partition("::")
        files = self.assignment.files
        real = os.path.realpath(self.config.rootpath / path)
        if real not in files:  # outside the root directory
            real = next((other for other in files if other.endswith(os.sep + path)), "")
        return next((plan.id for plan in files.get(real, ()) if plan.variant == variant), "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A record is on the disk as soon as its report is here."""
        self.begun.add(self._plan_id(report.nodeid))
        data = getattr(report, "fpharness", None)
        if data:
            self.seen[data["id"]] = data["gap"]
            worker = getattr(getattr(report, "node", None), "gateway", None)
            name = str(worker.id) if worker is not None else ""
            canaries = [Canary(**canary, worker=name) for canary in data["canaries"]]
            record = data.pop("record")  # the terminal keeps every report until the end
            self._write(lambda journal: journal.record_text(record))
            for canary in canaries:
                self._write(partial(Journal.canary, canary=canary))
        told = getattr(report, "fpharness_tests", {})
        if (planned := told.get("planned")) and not self._tests_planned:
            self._tests_planned = True  # each worker collects and tells the same
            self._write(lambda journal: journal.plan_tests(planned))
        if test := told.get("test"):
            found = from_plain(OwnTest, test)
            self._write(lambda journal: journal.test(found))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Around everything: the report before the terminal's summary, the target after it."""
        self.stopped = any(id not in self.begun for id in self.ids)
        self.runs.close()
        if self.journal is not None:
            self._finish()
        if self.broken:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        yield
        self.say_target()

    def pytest_unconfigure(self) -> None:
        """Let another session write."""
        if self._hold is not None:
            self._hold.release()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Counts, the worst finding, the gate, the report."""
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
            path = self._moved(self.journal.path)
            self._report(path)
        except (OSError, JournalError) as error:
            self.broken = self.broken or str(error)
        if self.broken:
            self._summary.append(f"ERROR: {self.broken}")

    def _moved(self, path: Path) -> Path:
        """A full session's journal moves to its place in one step."""
        if self.partial:
            return path
        place = self.directory / JOURNAL
        os.replace(path, place)
        return place

    def _report(self, journal: Path) -> None:
        from pytest_fpharness.report.gate import gate
        from pytest_fpharness.report.write import write_report

        found = write_report(journal, self.directory)
        page = os.path.relpath(self.page, self.config.invocation_params.dir)
        shown = str(self.page) if page.startswith("..") else page
        self._summary = list(summary_lines(found, gate(found), shown))
        asked = {requirement.id for requirement in REQUIREMENTS}
        late = {id: text for id, text in self.assignment.expired.items() if id in asked}
        self._summary += [f"{id}: {text}" for id, text in late.items()]
        unneeded = [id for id in self.assignment.gaps if self._holds(id)]
        if unneeded:
            some = ", ".join(unneeded[:3])
            self._summary.append(f"gaps that are none any more, remove them: {some}")

    def _holds(self, id: str) -> bool:
        return self.seen.get(id) == ""
