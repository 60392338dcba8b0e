from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.model.layout import TargetInfo
from tests.support.vocabulary import VOCABULARY

HEAD = "fp: FP-9.1\ntitle: A thing breaks\nseverity: critical\n"
KILL = "inject: {process.kill: bot}\n"


def load(tmp_path: Path, body: str, *, head: str = HEAD, shipped: bool = False) -> Catalog:
    path = tmp_path / "FP-9.1_x.yaml"
    path.write_text(head + body)
    return load_catalog([path], VOCABULARY, shipped=shipped)


def problems(tmp_path: Path, body: str, *, head: str = HEAD, shipped: bool = False) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        load(tmp_path, body, head=head, shipped=shipped)
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "injct: {}\n" + KILL,
            "4:1: unknown key 'injct' in a scenario file; did you mean 'inject'?",
        ),
        (
            "inject: {process.kil: bot}\n",
            "4:10: unknown fault 'process.kil'; did you mean 'process.kill'?",
        ),
        (
            "inject: {process.kill: {proces: bot}}\n",
            "4:25: unknown parameter of 'process.kill' 'proces'; did you mean 'process'?",
        ),
        (
            "inject: {process.kill: {every_start: true}}\n",
            "4:24: fault 'process.kill' needs 'process'",
        ),
        (
            "inject: {file.corrupt: {file: state.weights, how: emty}}\n",
            "4:51: 'emty' is not one of truncated, empty, nul, not_json, wrong_type, bom; "
            "did you mean 'empty'?",
        ),
        ("inject: {disk.full: many}\n", "4:21: a whole number is needed, not 'many'"),
        (
            "inject: {disk.read_only: 3}\n",
            "4:26: fault 'disk.read_only' takes no value; write true",
        ),
        (KILL + "lift: 60\n", "5:7: a duration needs its unit: 60s, 60m or '60 checks'"),
        (KILL + "lift: -5m\n", "5:7: a duration here cannot be negative: -5m"),
        (KILL + "lift: soon\n", "5:7: 'soon' is not a duration; write 90s, 10m or 1h30m"),
        (KILL + "long: yes\n", "5:7: true or false is needed, not 'yes'"),
        (
            KILL + "detect: EROR\n",
            "5:9: 'EROR' is not one of OK, WARN, ERROR; did you mean 'ERROR'?",
        ),
        (
            KILL + "detect: {witin: 1m}\n",
            "5:10: unknown key 'witin' in 'detect'; did you mean 'within'?",
        ),
        (
            KILL + "heal: {restart: bot, rewrite: state.weights}\n",
            "5:7: heal needs either restart: ",
        ),
        (KILL + "heal: {kind: auto}\n", "5:7: heal needs either restart: "),
        (KILL + "limit: {gate: g, until: 1m}\n", "5:8: 'limit' needs 'blocks'"),
        (
            KILL + "steady: [uw_cache.ag < 1m]\n",
            "5:10: unknown signal 'uw_cache.ag'; did you mean 'uw_cache.age'?",
        ),
        (KILL + "shows: {age: {tolerance: 1}}\n", "5:14: 'age' needs truth: a signal"),
        (
            KILL + 'facts: {limit: 5m}\nlift: "${limt}"\n',
            "6:7: unknown fact or axis 'limt'; did you mean 'limit'?",
        ),
        (KILL + "facts: {limit: soon}\n", "5:16: 'soon' is not a duration"),
        (KILL + "detection: {x1: text}\n", "5:13: 'x1' is not a bullet id here; write d1, d2, ..."),
        (KILL + "healing: {h1: {untestable: no way}}\n", "5:15: bullet 'h1' needs 'says'"),
        (KILL + "variants: {Bad: {}}\n", "5:12: 'Bad' is not a name"),
        (KILL + "variants: {a: {titel: x}}\n", "5:16: unknown key 'titel' in variant 'a'"),
        (KILL + "variants: {main: {}}\n", "5:18: two variants are called 'main'"),
        (
            KILL + "variants: {a: {boundary: 5m, above: maybe}}\n",
            "5:37: twin, fault, or a mapping of replacements is needed",
        ),
        ("variants: {a: {lift: 1m}}\n", "1:1: 'a' has no 'inject'"),
    ],
)
def test_a_mistake_has_its_place_and_the_right_word(
    tmp_path: Path, body: str, message: str
) -> None:
    assert any(line.startswith(f"FP-9.1_x.yaml:{message}") for line in problems(tmp_path, body))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("title: x\nseverity: critical\n", "1:1: 'fp' is missing"),
        (
            "fp: FP-9\ntitle: x\nseverity: critical\n",
            "1:5: 'FP-9' is not the id of a failure point",
        ),
        ("fp: FP-9.1\ntitle: x\nseverity: crticial\n", "3:11: 'crticial' is not one of"),
        ("- fp: FP-9.1\n", "1:1: a scenario file must contain a mapping"),
    ],
)
def test_a_bad_head_is_reported(tmp_path: Path, head: str, message: str) -> None:
    body = "" if head.startswith("-") else KILL
    assert any(f"FP-9.1_x.yaml:{message}" in line for line in problems(tmp_path, body, head=head))


def test_a_key_with_a_typo_is_not_missing_as_well(tmp_path: Path) -> None:
    head = "fp: FP-9.1\ntitle: x\nseverty: critical\n"
    result = [line for line in problems(tmp_path, KILL, head=head) if "sever" in line]
    assert len(result) == 1
    assert "unknown key 'severty'" in result[0] and "did you mean 'severity'?" in result[0]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + "inject: {process.kil: bot}\nlift: 5\nfoo: 1\n")
    (tmp_path / "b.yaml").write_text("a: [1\n")
    with pytest.raises(CatalogError) as caught:
        load_catalog([tmp_path], VOCABULARY, shipped=False)
    places = [(Path(p.file).name, p.line) for p in caught.value.problems]
    assert places == [("a.yaml", 4), ("a.yaml", 5), ("a.yaml", 6), ("b.yaml", 2)]


def test_a_mistake_in_the_file_is_reported_once_for_all_variants(tmp_path: Path) -> None:
    body = "inject: {process.kil: bot}\nvariants: {a: {lift: 1m}, b: {lift: 2m}}\n"
    assert len(problems(tmp_path, body)) == 1


def test_the_same_id_twice_in_a_catalog_is_a_conflict(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(HEAD + KILL)
    with pytest.raises(
        CatalogError, match=r"b.yaml:1:1: FP-9.1 is already described in .*a.yaml:1"
    ):
        load_catalog([tmp_path], VOCABULARY, shipped=False)


def test_a_shipped_failure_point_is_only_replaced_on_purpose(tmp_path: Path) -> None:
    head = HEAD.replace("FP-9.1", "FP-1.1")
    assert "add replaces: shipped" in problems(tmp_path, KILL, head=head, shipped=True)[0]
    catalog = load(tmp_path, KILL + "replaces: shipped\n", head=head, shipped=True)
    result = catalog.get("FP-1.1")
    assert result is not None
    assert (result.title, result.shipped) == ("A thing breaks", False)


def test_replacing_what_is_not_shipped_is_a_mistake(tmp_path: Path) -> None:
    message = problems(tmp_path, KILL + "replaces: shipped\n", shipped=True)
    assert message == ["FP-9.1_x.yaml:5:11: the shipped catalog has no FP-9.1 to replace"]


def test_a_project_adds_to_the_shipped_catalog(tmp_path: Path) -> None:
    ids = [point.fp for point in load(tmp_path, KILL, shipped=True).failure_points]
    assert ids[0] == "FP-1.1"
    assert ids[-3:] == ["FP-9.1", "TEST-1", "TEST-2"]
    assert ids.index("FP-6.3") < ids.index("FP-6.20")


def test_disabled_points_and_variants_are_left_out() -> None:
    disable = ("FP-1.1", "FP-1.3/age.10m01s")
    catalog = load_catalog([], VOCABULARY, disable=disable)
    ids = [plan.id for plan in expand(catalog, TargetInfo("x"))]
    assert not [id for id in ids if id.startswith("FP-1.1/") or id in disable]
    assert "FP-1.3/age.10m.twin" in ids


def test_disabling_the_unknown_is_a_mistake() -> None:
    with pytest.raises(CatalogError, match=r"'FP-1.3/age.10s' cannot be disabled.*age.10m"):
        load_catalog([], VOCABULARY, disable=["FP-1.3/age.10s"])


def test_a_file_in_another_encoding_is_reported_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_bytes("fp: FP-9.1\ntitle: caf\u00e9".encode("latin-1"))
    with pytest.raises(CatalogError, match=r"old\.yaml:2:11: not UTF-8; save it as UTF-8"):
        load_catalog([tmp_path / "old.yaml"], VOCABULARY)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"gone\.yaml: cannot be read: No such file"):
        load_catalog([tmp_path / "gone.yaml"], VOCABULARY)


def test_the_digest_follows_the_contents(tmp_path: Path) -> None:
    first = load(tmp_path, KILL).digest
    assert load(tmp_path, KILL).digest == first
    assert load(tmp_path, KILL + "lift: 1m\n").digest != first


def test_a_project_replaces_single_defaults(tmp_path: Path) -> None:
    body = "fpharness: 1\nseverities: {critical: {readiness: YELLOW}}\nworld: {positions: 5}\n"
    (tmp_path / "catalog.yaml").write_text(body)
    (tmp_path / "FP-9.1_x.yaml").write_text(HEAD + KILL)
    catalog = load_catalog([tmp_path], VOCABULARY, shipped=False)
    (plan,) = expand(catalog, TargetInfo("x"))
    assert plan.readiness == "YELLOW"
    assert plan.detect.status == "ERROR"
    assert (plan.world["positions"], plan.world["learned"]) == (5, True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("world: {}\n", "1:1: 'fpharness: 1' is missing"),
        ("fpharness: 1\ncauses: {FP-1: {FP-1.3: 1m}}\n", "2:10: 'FP-1' is not the id"),
        ("fpharness: 1\ncauses: {FP-1.1: [{fp: FP-1.3}]}\n", "2:19: a cause needs fp: and after:"),
        ("fpharness: 1\nseverities: {mild: {}}\n", "2:14: unknown key 'mild' in 'severities'"),
        (
            "fpharness: 1\nsteady: [bot.cycels increases]\n",
            "2:10: unknown signal 'bot.cycels'",
        ),
    ],
)
def test_mistakes_of_catalog_yaml_are_reported(tmp_path: Path, body: str, message: str) -> None:
    (tmp_path / "catalog.yaml").write_text(body)
    with pytest.raises(CatalogError) as caught:
        load_catalog([tmp_path], VOCABULARY, shipped=False)
    assert f"catalog.yaml:{message}" in str(caught.value)
