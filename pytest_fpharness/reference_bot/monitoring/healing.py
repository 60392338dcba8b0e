"""The healing engine: limited, spaced and verified attempts, one at a time per unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.history import record_heal
from pytest_fpharness.reference_bot.monitoring.checks.base import OK, WARN, Finding, Pass, number
from .alerts import load, save
from .failure_points import FailurePoint

ATTEMPTS: Final = 3
SPACING_SECONDS: Final = 60
FORGET_SECONDS: Final = 600
HOUR: Final = 3600
HISTORY_LENGTH: Final = 20


class HealError(Exception):
    """A heal action could not be carried out."""


class Heal:
    """How to heal one failure point.

    ``unit`` is the service unit or file that the action changes: one heal per unit at a time.
    ``patience`` is how many seconds an attempt may take to be verified before the next one.
    """

    unit = ""
    patience = SPACING_SECONDS

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Whether an attempt is possible now; if not, a person is needed."""
        return True

    def waits(self, current: Pass, finding: Finding) -> bool:
        """Whether to wait, because something else keeps trying."""
        return False

    def exhausted(self, current: Pass, finding: Finding) -> bool:
        """Whether what was waited for has failed so often that a person is needed."""
        return False

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        """Act and return what was done; raises HealError or OSError if that fails."""
        raise HealError("no action")

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """Whether the observed state shows that the attempt at ``attempt_at`` worked."""
        raise HealError("nothing to verify")

    def observe(self, finding: Finding, entry: dict[str, Any]) -> None:
        """Store, while the status is OK, what a later heal needs."""


class Wait(Heal):
    """No action: the bot keeps retrying until the failure is over."""

    def waits(self, current: Pass, finding: Finding) -> bool:
        return True


class Healing:
    """The heal states of one process, stored in a file so that attempts survive a restart."""

    def __init__(self, path: str, heals: dict[str, Heal]) -> None:
        self.path = path
        self.heals = heals
        self.entries: dict[str, dict[str, Any]] = {
            fp: {**_new_entry(), **entry}
            for fp, entry in load(path, {}).items()
            if isinstance(entry, dict)
        }
        self._saved = repr(self.entries)

    def step(self, current: Pass, findings: Mapping[str, Finding]) -> None:
        """Run one pass: verify open attempts, then start the next ones that are due."""
        for fp, finding in findings.items():
            self._judge(fp, finding, current)
        for fp, finding in findings.items():
            if finding.status != OK and fp in self.heals:
                self._start(fp, finding, current)
        if repr(self.entries) != self._saved:
            self._saved = repr(self.entries)
            save(self.path, self.entries)

    def entry(self, fp: str) -> dict[str, Any]:
        """The heal state of one failure point."""
        return self.entries.setdefault(fp, _new_entry())

    def gave_up(self, fp: str) -> bool:
        """Whether all attempts failed, so that the alert must page at once."""
        return bool(self.entries.get(fp, {}).get("gave_up"))

    def latched(self, fp: str, finding: Finding, acks: Mapping[str, Any]) -> Finding:
        """The finding to show: an OK that a person must still acknowledge becomes WARN."""
        latches = self.entries.get(fp, {}).get("latches", {})
        acked = number(acks.get(fp)) or 0
        texts = [text for text, since in sorted(latches.items()) if since > acked]
        if finding.status != OK or not texts:
            return finding
        return Finding(WARN, f"{'; '.join(texts)} (until acknowledged)", finding.values)

    def shown(self, fp: str, failure_point: FailurePoint) -> dict[str, Any]:
        """The healing part of a health row."""
        entry = self.entries.get(fp, _new_entry())
        state = entry["state"] if fp in self.heals else "none"
        return {
            "attempts": entry["attempts"],
            "successes": entry["successes"],
            "last_attempt": entry["last_attempt"],
            "state": state,
            "manual_steps": list(failure_point.manual_steps) if state == "manual" else [],
        }

    def _judge(self, fp: str, finding: Finding, current: Pass) -> None:
        heal, entry = self.heals.get(fp), self.entry(fp)
        well = finding.status == OK
        if heal and entry["state"] == "healing" and entry["last_attempt"] < current.now:
            self._verify(fp, heal, well, entry, current)
        elif well and entry["state"] not in ("idle", "healed", "healing"):
            entry.update(state="idle", gave_up=False)
        entry["ok_since"] = (entry["ok_since"] or current.now) if well else None
        if heal and well:
            heal.observe(finding, entry)
            if current.now - entry["ok_since"] >= FORGET_SECONDS:
                entry.update(attempts=0, state="idle")

    def _verify(
        self, fp: str, heal: Heal, well: bool, entry: dict[str, Any], current: Pass
    ) -> None:
        if _holds(lambda: heal.verify(current, entry["last_attempt"])):
            entry.update(state="healed", successes=entry["successes"] + 1)
            entry["healed_at"] = [*_within(entry["healed_at"], current.now), current.now]
            self._note(fp, current.now, "healed", f"attempt {entry['attempts']} verified")
            if len(entry["healed_at"]) >= ATTEMPTS:
                entry["latches"]["healed three times within an hour"] = current.now
        elif current.now - entry["last_attempt"] >= heal.patience:
            entry["state"] = "idle" if well else "trying"
            self._note(fp, current.now, "heal_failed", f"attempt {entry['attempts']} not verified")

    def _start(self, fp: str, finding: Finding, current: Pass) -> None:
        heal, entry = self.heals[fp], self.entry(fp)
        if _holds(lambda: heal.waits(current, finding)):
            self._wait(fp, _holds(lambda: heal.exhausted(current, finding)), current.now)
        elif entry["state"] == "healing" or entry["gave_up"]:
            return
        elif not _holds(lambda: heal.possible(current, finding)):
            self._needs_person(fp, current.now, "this cannot be healed automatically")
        elif self._unit_taken(fp, heal.unit):
            entry["state"] = "waiting"
        elif entry["attempts"] >= ATTEMPTS:
            entry["gave_up"] = True
            self._needs_person(fp, current.now, f"gave up after {ATTEMPTS} attempts")
        elif current.now - (entry["last_attempt"] or 0) >= heal.patience:
            self._attempt(fp, heal, finding, current)

    def _wait(self, fp: str, exhausted: bool, now: float) -> None:
        entry = self.entry(fp)
        if exhausted:
            entry["gave_up"] = True
            self._needs_person(fp, now, "retries did not help")
        elif not entry["gave_up"]:
            entry["state"] = "trying"

    def _attempt(self, fp: str, heal: Heal, finding: Finding, current: Pass) -> None:
        entry = self.entry(fp)
        entry.update(attempts=entry["attempts"] + 1, last_attempt=current.now, state="healing")
        # Saved before the action: an attempt must count even if it ends this process.
        save(self.path, self.entries)
        try:
            done = heal.act(current, finding, entry)
        except Exception as error:  # a failed attempt must not stop the monitoring
            done = f"failed: {error}"
        self._note(fp, current.now, "heal", f"attempt {entry['attempts']}: {done}")

    def _unit_taken(self, fp: str, unit: str) -> bool:
        """Whether another failure point heals this unit now, or has given up on it."""
        return any(
            other != fp
            and other in self.heals
            and self.heals[other].unit == unit
            and (entry["state"] == "healing" or entry["gave_up"])
            for other, entry in self.entries.items()
        )

    def _needs_person(self, fp: str, now: float, why: str) -> None:
        entry = self.entry(fp)
        if entry["state"] != "manual":
            entry["state"] = "manual"
            self._note(fp, now, "manual", why)

    def _note(self, fp: str, now: float, event: str, text: str) -> None:
        history = self.entry(fp)["history"]
        history.append({"ts": now, "event": event, "text": text})
        del history[:-HISTORY_LENGTH]
        record_heal(now, fp, event, text)


def _new_entry() -> dict[str, Any]:
    return {
        "attempts": 0,
        "successes": 0,
        "last_attempt": None,
        "state": "idle",
        "gave_up": False,
        "ok_since": None,
        "healed_at": [],
        "latches": {},
        "history": [],
    }


def _within(times: list[float], now: float) -> list[float]:
    return [at for at in times if now - at <= HOUR]


def _holds(question: Callable[[], bool]) -> bool:
    """The result of ``question``; False if it raises."""
    try:
        return question()
    except Exception:  # a bug in one heal must not stop the monitoring
        return False
