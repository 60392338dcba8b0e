"""What is around the package: wheel, README, changelog, CI and the examples of the documents."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hatchling.build import build_wheel

import pytest_fpharness
from pytest_fpharness.catalog.loader import shipped_path
from pytest_fpharness.report.gate import Code

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
#: A text block of a document, with the file name that the text before it gives.
FILE_BLOCK = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
HEAVY = (
    "freezegun", "greenlet", "hypothesis", "jinja2", "psutil", "pyfakefs", "requests", "responses",
    "xdist", "yaml",
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The built wheel, unpacked."""
    directory = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        name = build_wheel(str(directory))
    with zipfile.ZipFile(directory / name) as packed:
        packed.extractall(directory / "unpacked")
    yield directory / "unpacked"


def python(code: str, cwd: Path, first: Path | None = None) -> str:
    """What a fresh interpreter prints; ``first`` is put before everything it could import from."""
    start = f"import sys; sys.path.insert(0, {str(first)!r})\n" if first else ""
    command = [sys.executable, "-c", start + code]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def scenario_names(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*.yaml")}


# -- the wheel ----------------------------------------------------------------------------------


def test_the_wheel_holds_the_whole_catalog(wheel: Path) -> None:
    shipped = scenario_names(wheel / "pytest_fpharness" / "scenarios")
    assert shipped == scenario_names(ROOT / "scenarios") != set()


def test_the_wheel_holds_what_is_not_python(wheel: Path) -> None:
    package = wheel / "pytest_fpharness"
    assert (package / "py.typed").is_file()
    templates = {
        path.name for path in (ROOT / "pytest_fpharness/report/render/templates").iterdir()
    }
    assert {
        path.name for path in (package / "report" / "render" / "templates").iterdir()
    } == templates
    assert list(wheel.glob("*.dist-info/licenses/LICENSE"))


def test_the_wheel_holds_no_tests(wheel: Path) -> None:
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {"pytest_fpharness"}


def test_an_installed_package_finds_its_own_catalog(wheel: Path, tmp_path: Path) -> None:
    code = "from pytest_fpharness.catalog.loader import shipped_path; print(shipped_path())"
    assert python(code, tmp_path, wheel) == str(wheel / "pytest_fpharness" / "scenarios")


def test_a_checkout_finds_the_catalog_beside_the_package() -> None:
    package = Path(pytest_fpharness.__file__).resolve().parent
    assert shipped_path() in (package.parent / "scenarios", package / "scenarios")
    assert scenario_names(shipped_path()) == scenario_names(ROOT / "scenarios")


def test_entry_points_lead_to_something(wheel: Path) -> None:
    points = next(wheel.glob("*.dist-info/entry_points.txt")).read_text()
    assert "fpharness = pytest_fpharness.cli:main" in points
    assert "[pytest11]\nfpharness = pytest_fpharness.plugin.hooks" in points


# -- what it costs those who do not use it ------------------------------------------------------


def test_the_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    modules = "pytest_fpharness.plugin.hooks, pytest_fpharness.fixtures.plugin"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = set(python(code, tmp_path, ROOT).split())
    assert not loaded & set(HEAVY)
    own = {name for name in loaded if name.startswith("pytest_fpharness.")}
    own_modules = (
        "_version", "confinement", "confinement.access", "extensions", "fixtures", "fixtures.plugin",
        "plugin", "plugin.hooks",
        "plugin.options",
    )  # fmt: skip
    assert own == {f"pytest_fpharness.{name}" for name in own_modules}


# -- the documents ------------------------------------------------------------------------------


def test_ci_runs_the_second_command_word_for_word() -> None:
    first, second = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert f'second="{second}"' in (ROOT / ".ci" / "run").read_text()
    assert "-p fpharness" in first


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_documentation_has_every_exit_code_of_the_gate() -> None:
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `?(\d)`? \| (\w+)", page, re.MULTILINE))
    assert {int(code) for code in table} == set(Code)


def test_the_documentation_names_every_option() -> None:
    source = (ROOT / "pytest_fpharness" / "plugin" / "options.py").read_text("utf-8")
    options = set(re.findall(r'option\(\s*"(--[\w-]+)"', source))
    settings = set(re.findall(r'^    "(fp_\w+)",$', source, re.MULTILINE))
    words = set(re.findall(r"[\w-]+", (ROOT / "docs" / "options.md").read_text("utf-8")))
    assert options and not options - words
    assert not settings - words


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)[0]
    assert newest == pytest_fpharness.__version__ == importlib.metadata.version("pytest-fpharness")


def supported_pythons() -> list[str]:
    tags = importlib.metadata.metadata("pytest-fpharness").get_all("Classifier") or []
    return [tag.rpartition(" ")[2] for tag in tags if "Python :: 3." in tag]


def test_supported_pythons_are_the_same_everywhere() -> None:
    versions = supported_pythons()
    metadata = importlib.metadata.metadata("pytest-fpharness")
    assert f"Python {versions[0]} to {versions[-1]}" in README
    assert metadata["Requires-Python"] == f">={versions[0]}"


def test_nox_and_the_workflow_test_every_supported_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text("utf-8"))
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    assert matrix["python"] == supported_pythons()
    assert f"PYTHONS = {json.dumps(supported_pythons())}\n" in noxfile
    assert all(
        f'nox.param("{version}", id="pytest{version}")' in noxfile for version in matrix["pytest"]
    )


# -- examples that must run ---------------------------------------------------------------------


def catalog_run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "fpharness", *args)


def first_bot(pytester: pytest.Pytester) -> str:
    """The page, its files laid out."""
    text = (ROOT / "docs" / "your_bot.md").read_text("utf-8")
    for name, content in FILE_BLOCK.findall(text):
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    return text


def test_the_first_bot_runs_as_printed(pytester: pytest.Pytester) -> None:
    first_bot(pytester)
    assert len((pytester.path / "adapter.py").read_text().splitlines()) < 60
    catalog_run(pytester).assert_outcomes(passed=3)


def test_its_second_failure_point_runs_as_printed(pytester: pytest.Pytester) -> None:
    text = first_bot(pytester).partition("## Add a second failure point")[2]
    lines = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    scenario = re.search(r"```yaml\n(fp: .*?)```", text, re.DOTALL)
    assert lines and scenario
    bot = pytester.path / "paperbot.py"
    changed = re.sub(r'^ *"FP-9.1": .*\n', lambda _: lines[1], bot.read_text(), flags=re.MULTILINE)
    bot.write_text(changed)
    (pytester.path / "fp" / "FP-7.1_prices_torn.yaml").write_text(scenario[1])
    catalog_run(pytester).assert_outcomes(passed=5)


def first_scenario(directory: Path) -> Path:
    """The README's scenario, in a file."""
    block = re.search(r"```yaml\n(fp: .*?)```", README, re.DOTALL)
    assert block
    path = directory / "fp" / "FP-1.3_old_cache.yaml"
    path.parent.mkdir()
    path.write_text(block[1], "utf-8")
    return path


def test_the_first_scenario_fails_as_printed(pytester: pytest.Pytester) -> None:
    first_scenario(pytester.path)
    pytester.makeini("[pytest]\n")
    result = catalog_run(pytester, "--fp-target=embedded", "fp/FP-1.3_old_cache.yaml")
    result.assert_outcomes(passed=2, failed=1)
    printed = re.search(r"```text\n(FP-1.3/age.5m01s FAIL.*?)```", README, re.DOTALL)
    assert printed
    lines = [re.sub(r"#\w{8}'", "#*'", line) for line in printed[1].splitlines()]
    result.stdout.fnmatch_lines([line.replace("[", "[[]") for line in lines], consecutive=True)


def test_the_first_scenario_passes_with_ten_minutes(pytester: pytest.Pytester) -> None:
    path = first_scenario(pytester.path)
    path.write_text(path.read_text("utf-8").replace("boundary: 5m", "boundary: 10m"), "utf-8")
    pytester.makeini("[pytest]\n")
    result = catalog_run(pytester, "--fp-target=embedded", "fp/FP-1.3_old_cache.yaml")
    result.assert_outcomes(passed=3)


def test_the_first_scenario_has_no_mistakes(tmp_path: Path) -> None:
    first_scenario(tmp_path)
    command = [sys.executable, "-m", "pytest_fpharness.cli", "lint", "fp"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.stdout + result.stderr == "no mistakes in 1 failure point, 3 runs\n"
    assert f"$ fpharness lint fp\n{result.stdout}" in README
