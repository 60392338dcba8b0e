from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.explain import explain
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.layout import Layout, TargetInfo
from pytest_fpharness.model.plan import AlertRule, HealRule, Injection, LimitRule, Plan, ShowRule
from tests.support.vocabulary import VOCABULARY

HEAD = "fp: FP-9.1\ntitle: A thing breaks\nseverity: critical\n"
CAUSES = """fpharness: 1
causes:
  FP-9.1: [{fp: FP-9.2, after: 1m}, {fp: FP-9.3, after: 9m}]
  FP-9.2: {FP-9.3: 2m, FP-9.1: 1m}
"""


def catalog_of(folder: Path, body: str, head: str = HEAD, causes: str = CAUSES) -> Catalog:
    (folder / "catalog.yaml").write_text(causes)
    (folder / "FP-9.1_x.yaml").write_text(head + body)
    return load_catalog([folder], VOCABULARY, shipped=False)


def plans_of(folder: Path, body: str, layout: Layout | None = None, **kw: str) -> dict[str, Plan]:
    info = TargetInfo("bot", layout=layout or Layout())
    return {plan.variant: plan for plan in expand(catalog_of(folder, body, **kw), info)}


def main(folder: Path, body: str) -> Plan:
    return plans_of(folder, body)["main"]


def test_the_short_form_takes_the_defaults_of_its_severity(tmp_path: Path) -> None:
    plan = main(tmp_path, "inject: {process.kill: bot}\nheal: {restart: bot}\n")
    assert plan.inject == (
        Injection("process.kill", {"process": "bot", "every_start": False}, 0, 4),
    )
    assert (plan.detect.status, plan.detect.within, plan.readiness) == ("ERROR", MINUTE, "RED")
    assert plan.alert == AlertRule("critical", 30 * SECOND, 5 * MINUTE, True, ())
    assert plan.escalate is not None
    assert plan.escalate.after == 15 * MINUTE
    assert plan.heal == HealRule("auto", 4 * MINUTE, restart="bot", spacing=MINUTE)


def test_a_milder_alert_takes_the_page_of_its_own_severity(tmp_path: Path) -> None:
    plan = main(tmp_path, "inject: {process.kill: bot}\nalert: warning\n")
    assert plan.alert is not None
    assert (plan.alert.severity, plan.alert.repeat) == ("warning", 0)
    assert plan.escalate is None


def test_no_alert_and_no_page(tmp_path: Path) -> None:
    plan = main(tmp_path, "inject: {process.kill: bot}\nalert: none\nescalate: none\n")
    assert (plan.alert, plan.escalate) == (None, None)


def test_the_periods_of_the_target_settle_spans(tmp_path: Path) -> None:
    layout = Layout(check=10 * SECOND, cycle=20 * SECOND)
    body = "inject: {process.kill: bot}\ndetect: {within: 5m + 2 checks}\nlift: 3 cycles\n"
    plan = plans_of(tmp_path, body, layout)["main"]
    assert (plan.detect.within, plan.lift) == (320 * SECOND, 60 * SECOND)


AXIS = """facts: {limit: 10m}
inject: {uw_cache.age: "${age}"}
variants:
  age: {boundary: "${limit}", step: 1s, below: twin, equal: fault, above: {readiness: YELLOW}}
allows: [FP-9.4]
"""


def test_a_boundary_is_tried_below_equal_and_above(tmp_path: Path) -> None:
    plans = plans_of(tmp_path, AXIS)
    assert list(plans) == ["age.9m59s.twin", "age.10m", "age.10m01s"]
    ages = [plan.inject[0].params["age"] for plan in plans.values()]
    assert ages == [599 * SECOND, 600 * SECOND, 601 * SECOND]
    assert [plan.readiness for plan in plans.values()] == ["GREEN", "RED", "YELLOW"]


def test_a_target_overrides_a_fact_and_with_it_the_ids(tmp_path: Path) -> None:
    layout = Layout(facts={"FP-9.1.limit": "5m", "FP-8.1.other": "1m"})
    assert list(plans_of(tmp_path, AXIS, layout)) == ["age.4m59s.twin", "age.5m", "age.5m01s"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("FP-9.1.limti", "5m", "FP-9.1 has no fact 'limti'; did you mean 'limit'?"),
        ("FP-9.1.limit", "soon", "FP-9.1.limit = 'soon' does not fit: the file says 10m"),
    ],
)
def test_an_override_that_does_not_fit_is_reported(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(CatalogError) as caught:
        plans_of(tmp_path, AXIS, Layout(facts={name: text}))
    assert str(caught.value) == f"target bot: {message}"


def test_an_axis_of_values_and_of_counts(tmp_path: Path) -> None:
    body = """inject: {uw_cache.age: "${age}"}
variants:
  odd: {sets: age, values: [missing, not a date, -5m]}
  n: {boundary: 5, above: fault, inject: {broker.reject_entry: {reason: sub_penny, times: "${n}"}}}
"""
    plans = plans_of(tmp_path, body)
    assert list(plans) == ["odd.missing", "odd.not_a_date", "odd.-5m", "n.6"]
    assert plans["odd.-5m"].inject[0].params["age"] == -5 * MINUTE
    assert plans["n.6"].inject[0].params["times"] == 6


def test_a_variant_replaces_whole_keys_and_null_takes_one_away(tmp_path: Path) -> None:
    body = """inject: {process.kill: bot}
detect: {status: WARN, not_before: 10s}
lift: 5m
variants:
  a: {detect: {within: 3m}, lift: null}
"""
    plan = plans_of(tmp_path, body)["a"]
    assert (plan.detect.status, plan.detect.not_before) == ("ERROR", 0)
    assert (plan.detect.within, plan.lift) == (3 * MINUTE, None)


def test_a_twin_expects_nothing(tmp_path: Path) -> None:
    body = """inject: {process.kill: bot}
heal: {restart: bot}
covers: [d1]
shows: {age: uw_cache.age}
twins: {t: {inject: {process.restart: bot}}}
"""
    twin = plans_of(tmp_path, body)["t.twin"]
    assert twin.twin
    assert (twin.readiness, twin.alert, twin.escalate, twin.heal) == (
        "GREEN",
        None,
        None,
        HealRule(),
    )
    assert (dict(twin.allowed), twin.covers, twin.shows) == ({}, (), ())
    assert twin.detect.within == MINUTE


def test_several_faults_and_later_ones(tmp_path: Path) -> None:
    body = """inject: [{process.kill: bot, disk.full: 0, at: 30s}, uw_cache.writer_stalls]
then: {process.restart: bot, at: 5m}
"""
    result = [(item.fault, item.at) for item in main(tmp_path, body).inject]
    assert result == [
        ("uw_cache.writer_stalls", 0),
        ("process.kill", 30 * SECOND),
        ("disk.full", 30 * SECOND),
        ("process.restart", 5 * MINUTE),
    ]


def test_a_limit_is_probed_around_its_end(tmp_path: Path) -> None:
    body = """inject: {broker.fill: AAPL}
detect: {gate: cooldown, within: 1m}
limit: {gate: cooldown, blocks: AAPL, until: 15m, frees: MSFT}
variants: {again: {then: {process.restart: bot, at: 5m}}}
"""
    plans = plans_of(tmp_path, body)
    assert list(plans) == ["main.14m59s", "main.15m", "main.15m01s", "again"]
    probes = [plan.inject[0].params["probe"] for plan in plans.values()]
    assert probes == [899 * SECOND, 900 * SECOND, 901 * SECOND, 0]
    assert plans["again"].inject[0].params["frees"] == ["MSFT"]
    assert plans["again"].limit == LimitRule("cooldown", "AAPL", 15 * MINUTE, "MSFT")
    assert (plans["again"].detect.by, plans["again"].detect.status) == ("gate", "OK")


@pytest.mark.parametrize(
    ("heal", "rule"),
    [
        ("manual", HealRule("manual")),
        ("retry", HealRule("retry", 4 * MINUTE)),
        ("none", HealRule()),
        ("{kind: expires, within: 15m}", HealRule("expires", 15 * MINUTE)),
        (
            "{retries: 1, others: trade}",
            HealRule("fallback", 4 * MINUTE, retries=1, others_trade=True),
        ),
        (
            "{rewrite: state.weights, attempts: 2}",
            HealRule("auto", 4 * MINUTE, rewrite="state.weights", max_attempts=2, spacing=MINUTE),
        ),
    ],
)
def test_the_forms_of_heal(tmp_path: Path, heal: str, rule: HealRule) -> None:
    assert main(tmp_path, f"inject: {{process.kill: bot}}\nheal: {heal}\n").heal == rule


def test_escalate_keeps_what_the_file_tries(tmp_path: Path) -> None:
    body = """inject: {process.kill: bot}
heal: {restart: bot, spacing: 2m}
variants: {dies: {heal: escalate}}
"""
    heal = plans_of(tmp_path, body)["dies"].heal
    assert (heal.kind, heal.restart, heal.gives_up) == ("auto", "bot", True)
    assert heal.spacing == 2 * MINUTE


def test_shows_and_logs(tmp_path: Path) -> None:
    body = """inject: {process.kill: bot}
shows:
  age: uw_cache.age
  left: {truth: cooldown.remaining(AAPL), tolerance: 90s}
logs: {log.bot: [one, {says: two, within: 2m}]}
"""
    plan = main(tmp_path, body)
    assert plan.shows == (
        ShowRule("age", "uw_cache.age", "", 2.0),
        ShowRule("left", "cooldown.remaining", "AAPL", 90.0),
    )
    assert [(rule.role, rule.says, rule.within) for rule in plan.logs] == [
        ("log.bot", "one", MINUTE),
        ("log.bot", "two", 2 * MINUTE),
    ]


def test_needs_name_the_roles_of_faults_and_healing(tmp_path: Path) -> None:
    body = """inject: {file.delete: state.weights, network.down: broker}
heal: {restart: bot}
logs: {log.bot: x}
needs: [alerts]
"""
    assert main(tmp_path, body).needs == ("alerts", "state.weights", "broker", "bot")


def test_a_bystander_is_not_a_role(tmp_path: Path) -> None:
    assert main(tmp_path, "inject: {process.kill: somebody_else}\n").needs == ()


def test_cascades_are_closed_with_the_least_summed_time(tmp_path: Path) -> None:
    plan = main(tmp_path, "inject: {process.kill: bot}\n")
    assert plan.allowed == {"FP-9.2": MINUTE, "FP-9.3": 3 * MINUTE}


def test_a_variant_allows_what_its_faults_provoke_beside_it_and_nothing_further(
    tmp_path: Path,
) -> None:
    plan = main(tmp_path, "inject: {process.kill: bot}\nallows: [FP-9.2, FP-9.4]\n")
    assert plan.allowed == {"FP-9.2": 0, "FP-9.3": 3 * MINUTE, "FP-9.4": 0}


def test_what_a_variant_allows_may_have_its_time(tmp_path: Path) -> None:
    plan = main(tmp_path, "inject: {process.kill: bot}\nallows: {FP-9.3: 2m, FP-9.4: 9m}\n")
    assert plan.allowed == {"FP-9.2": MINUTE, "FP-9.3": 2 * MINUTE, "FP-9.4": 9 * MINUTE}


@pytest.mark.parametrize("message", ["[FP-9]", "{FP-9: 1m}", "FP-9"])
def test_what_it_allows_are_failure_points(tmp_path: Path, message: str) -> None:
    with pytest.raises(CatalogError, match="'FP-9' is not the id of a failure point"):
        main(tmp_path, f"inject: {{process.kill: bot}}\nallows: {message}\n")


def test_a_closed_market_is_steady_without_orders(tmp_path: Path) -> None:
    causes = f"{CAUSES}steady: [readiness is GREEN, orders.submitted increases within 2 cycles]\n"
    body = """inject: {process.kill: bot}
steady: [orders.filled >= 0]
variants: {night: {world: {market: closed}}}
"""
    result = plans_of(tmp_path, body, causes=causes)
    own = "orders.filled >= 0"
    assert [line.text for line in result["night"].steady] == ["readiness is GREEN", own]
    assert len(result["main"].steady) == 3


def test_only_is_exact(tmp_path: Path) -> None:
    catalog = load_catalog([], VOCABULARY)
    info = TargetInfo("bot")
    result = expand(catalog, info, only=["FP-6.3", "FP-1.3/age.10m01s"])
    assert {plan.fp for plan in result} == {"FP-6.3", "FP-1.3"}
    assert [plan.id for plan in result if plan.fp == "FP-1.3"] == ["FP-1.3/age.10m01s"]
    with pytest.raises(CatalogError, match=r"is named 'FP-1.33'; did you mean 'FP-1.3'"):
        expand(catalog, info, only=["FP-1.33"])


def test_explain_says_where_each_value_is_from(tmp_path: Path) -> None:
    layout = Layout(facts={"FP-9.1.limit": "5m"})
    text = explain(catalog_of(tmp_path, AXIS), "FP-9.1/age.5m01s", TargetInfo("bot", layout=layout))
    lines = {" ".join(line.split()) for line in text.splitlines()}
    assert "inject uw_cache.age age=5m01s [FP-9.1_x.yaml:5, ${age} of FP-9.1_x.yaml:7]" in lines
    assert "facts limit 5m [target]" in lines
    assert "readiness during YELLOW [FP-9.1_x.yaml:7]" in lines
    assert "detect status ERROR [catalog.yaml: critical]" in lines
    assert "phase middle [built in]" in lines
    assert "cascades FP-9.2 from 1m after the injection [catalog.yaml: causes]" in lines
    assert "FP-9.4 from 0s after the injection [FP-9.1_x.yaml:8]" in lines
    assert "age.5m01s sets and replaces age=5m01s, readiness [line 7]" in lines


def test_explain_takes_the_page_of_a_milder_alert_from_its_severity(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, "inject: {process.kill: bot}\nalert: warning\n")
    lines = explain(catalog, "FP-9.1", TargetInfo("bot")).splitlines()
    assert "escalate none [catalog.yaml: warning]" in {" ".join(line.split()) for line in lines}


def test_explain_names_the_nearest_variant(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, AXIS)
    with pytest.raises(CatalogError, match=r"no variant 'age.10m1s'; did you mean 'age.10m01s'"):
        explain(catalog, "FP-9.1/age.10m1s", TargetInfo("bot"))
    with pytest.raises(CatalogError, match=r"'FP-9.2'; did you mean 'FP-9.1'"):
        explain(catalog, "FP-9.2", TargetInfo("bot"))
