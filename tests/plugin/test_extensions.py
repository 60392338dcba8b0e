"""The worked example of docs/extending.md, as an installed distribution and as a project's module."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from pytest_fpharness.report.journal import read_journal

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text("utf-8")
#: A text block with the file name that the text before it gives.
FILE_BLOCK = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
METADATA = "Metadata-Version: 2.1\nName: fpharness-quotes\nVersion: 1.0\n"
ENTRY_POINTS = "[fpharness.extensions]\nquotes = fpharness_quotes\n"
BOTS = """
from quotebot import QuoteBot

class TornBot(QuoteBot):
    def check(self):
        super().check()
        open("prices.csv", "w").write("NVDA")
"""


class Example:
    """The files of the page: the extension in a directory of its own, the rest in the project."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester, self.path = pytester, pytester.path
        self.site = pytester.mkdir("site")
        for name, content in FILE_BLOCK.findall(PAGE):
            self.write(name, content)
        (self.path / "pyproject.toml").unlink()
        (self.path / "fpharness_quotes.py").rename(self.site / "fpharness_quotes.py")

    def write(self, name: str, content: str) -> None:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")

    def ini(self, line: str) -> None:
        ini = self.path / "pytest.ini"
        ini.write_text(ini.read_text() + line + "\n")

    def run_catalog(self, *args: str) -> pytest.RunResult:
        return self.pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", "-p", "fpharness", *args
        )

    def fpharness(self, *args: str) -> pytest.RunResult:
        return self.pytester.run(sys.executable, "-m", "pytest_fpharness.cli", *args)


@pytest.fixture
def example(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Example:
    monkeypatch.delenv("CI", raising=False)
    return Example(pytester)


@pytest.fixture
def installed(example: Example, monkeypatch: pytest.MonkeyPatch) -> Example:
    """The extension as a distribution with an entry point."""
    info = example.site / "fpharness_quotes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.setenv("PYTHONPATH", str(example.site))
    return example


@pytest.fixture
def in_project(example: Example) -> Example:
    """The extension as a module of the project."""
    (example.site / "fpharness_quotes.py").rename(example.path / "fpharness_quotes.py")
    example.ini("fp_extensions = fpharness_quotes")
    return example


def test_the_entry_point_is_the_one_on_the_page() -> None:
    group = PAGE.partition('[project.entry-points."fpharness.extensions"]\n')[2]
    assert group.startswith('quotes = "fpharness_quotes"\n')


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_a_catalog_runs_with_an_installed_extension(installed: Example, workers: list[str]) -> None:
    installed.run_catalog(*workers).assert_outcomes(passed=3)
    records = read_journal(installed.path / "fp-report" / "journal.jsonl").records
    assert {c.name for c in records["FP-8.1/main"].clauses} >= {"always.quotes_rate_limit"}


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_a_catalog_runs_with_an_extension_of_the_project(
    in_project: Example, workers: list[str]
) -> None:
    in_project.run_catalog(*workers).assert_outcomes(passed=3)


def test_the_invariant_fails_a_bad_bot(installed: Example) -> None:
    result = installed.run_catalog("--fp-target=hastybot.py:HastyBot")
    result.assert_outcomes(failed=3)
    expected = PAGE.partition("```text\n")[2].partition("```")[0].splitlines()
    result.stdout.fnmatch_lines(expected)


def test_a_file_that_its_codec_cannot_decode_is_torn(installed: Example) -> None:
    installed.write("bots.py", BOTS)
    result = installed.run_catalog("--fp-target=bots.py:TornBot", "--fp-only=FP-8.1/low.twin")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*always.state_files_whole: prices was left torn"])


def test_fixtures_know_an_extension(in_project: Example) -> None:
    in_project.write(
        "test_quotes.py",
        "def test_alarm(fp_bot):\n"
        "    fp_bot.run('2m')\n"
        "    fp_bot.inject('quotes.price', price=-5)\n"
        "    fp_bot.run('2m')\n"
        "    assert fp_bot.readiness == 'RED'\n"
        "def test_host(fp_network):\n"
        "    import requests\n"
        "    assert requests.get('https://quotes.example.org/', timeout=1).json()['price'] == 131.2\n",
    )
    in_project.pytester.runpytest_subprocess("test_quotes.py").assert_outcomes(passed=2)


@pytest.mark.parametrize("how", ["installed", "in_project"])
def test_commands_know_an_extension(how: str, request: pytest.FixtureRequest) -> None:
    example: Example = request.getfixturevalue(how)
    expected = PAGE.partition("$ fpharness extensions\n")[2].partition("```")[0].splitlines()
    assert example.fpharness("extensions").outlines == expected
    assert example.fpharness("lint").outlines == ["no mistakes in 1 failure point, 3 runs"]
    example.fpharness("explain", "FP-8.1/main").stdout.fnmatch_lines(["*quotes.price  price=-5 *"])
    example.fpharness("replay", "FP-8.1/down").stdout.fnmatch_lines(["FP-8.1/down PASS *"])
    inject = json.loads(example.fpharness("schema").stdout.str())["$defs"]["inject"]
    assert "quotes.price" in json.dumps(inject)


def test_reference_pages_have_a_section_for_extensions(installed: Example) -> None:
    faults = installed.fpharness("faults", "--markdown").stdout.str()
    section = faults.partition("\n## Faults of extensions\n")[2]
    assert re.findall(r"^### (\S+)$", section, re.MULTILINE) == ["quotes.price"]
    assert "- witness: the bot reads the quote" in section
    signals = installed.fpharness("signals", "--markdown").stdout.str()
    assert "| `quotes.last` | number |" in signals.partition("\n## Signals of extensions\n")[2]
    installed.fpharness("faults").stdout.fnmatch_lines(["quotes.price  *"])


def test_an_extension_that_cannot_be_imported_is_named(example: Example) -> None:
    example.ini("fp_extensions = no_such_module")
    message = "*cannot import extension no_such_module (fp_extensions): ModuleNotFoundError: *"
    result = example.run_catalog()
    result.stderr.fnmatch_lines([message])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lint = example.fpharness("lint")
    lint.stderr.fnmatch_lines([message])
    assert lint.ret == 4


def test_two_extensions_cannot_share_a_name(in_project: Example) -> None:
    in_project.write(
        "other.py",
        "from pytest_fpharness.api import signal\n"
        "@signal('quotes.last', 'Another one.', 'number')\n"
        "def last(world, argument): ...\n",
    )
    in_project.ini("    other")
    in_project.fpharness("lint").stderr.fnmatch_lines(
        [
            "*cannot import extension other (fp_extensions): DuplicateName: two signals are named "
            "'quotes.last': fpharness_quotes.last_price and other.last; rename one of them"
        ]
    )


def test_a_fault_that_only_a_conftest_registers_is_an_error_that_says_what_to_do(
    example: Example,
) -> None:
    (example.site / "fpharness_quotes.py").rename(example.path / "conftest.py")
    bot = example.path / "quotebot.py"
    bot.write_text(bot.read_text().replace('"csv"', '"text"'))
    example.run_catalog("--fp-only=FP-8.1/main").stdout.fnmatch_lines(
        ["*no * is named 'quotes.*' (a * of your own needs its module in fp_extensions)"]
    )


def test_an_unknown_codec_is_named_before_anything_runs(example: Example) -> None:
    (example.site / "fpharness_quotes.py").rename(example.path / "conftest.py")
    bot = example.path / "quotebot.py"
    bot.write_text(bot.read_text().replace('"csv"', '"jsonx"'))
    example.run_catalog().stderr.fnmatch_lines(
        ["*file role 'prices' has an unknown codec 'jsonx'; did you mean 'json*'?"]
    )
