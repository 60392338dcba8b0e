"""A vocabulary with the names of the registries, which the catalog does not know."""

from __future__ import annotations

from pytest_fpharness.model.vocabulary import FaultSpec, ParamSpec, SignalSpec, Vocabulary

_ROWS = (
    "premium_null|premium_text|strike_text|unknown_type|bad_created_at|no_created_at|"
    "not_an_object|sweep_flag_renamed|not_sweeps|price_401"
)
FAULTS = {
    "process.kill": "process* every_start:flag=False",
    "process.stop": "process*",
    "process.zombie": "process*",
    "memory.leak": "process* percent:number=4 most:number=30",
    "memory.oom_kill": "process*",
    "network.cut": "how:choice|refused|dns|timeout|reset|silent|portal='refused' "
    "calls:choice|all|every_other='all'",
    "network.slow": "latency:duration*",
    "process.crash": "process* code:count=1 every_start:flag=False",
    "process.freeze": "process*",
    "process.hang": "process* every_start:flag=False",
    "process.run": "command:text*",
    "process.restart": "process*",
    "uw_cache.age": "age:duration|missing|null|not a date* hidden_from:process=''",
    "uw_cache.writer_stalls": "",
    "uw_cache.content": "holds:choice|missing|no_bytes|empty_object|not_json|unreadable|directory|"
    "metadata_only|underscores_only|no_trades|list|one_symbol* every_start:flag=False",
    "uw_cache.rows": f"how:choice|{_ROWS}* rows:count=0 process='bot'",
    "uw_api.rows": f"how:choice|{_ROWS}* rows:count=0 host='uw_api'",
    "uw_api.refuses": "how:choice|key_refused|not_in_plan|gateway_page|minute_limit*",
    "uw_api.daily_quota": "",
    "uw_api.used": "requests:count*",
    "uw_api.takes": "requests:count*",
    "uw_api.quiet_market": "",
    "file.delete": "file* backup:flag=False",
    "file.corrupt": "file* how:choice|truncated|empty|nul|not_json|wrong_type|bom='truncated' "
    "backup:flag=False",
    "file.write": "file* content:any*",
    "operator.writes": "file* content:any*",
    "file.unreadable": "file* error:choice|EACCES|EIO='EACCES'",
    "network.down": "host* how:choice|refused|dns|timeout|reset|tls|silent='refused' "
    "calls:choice|all|orders='all'",
    "http.answer": "host* status:count* body:text='' times:count=0 path:text=''",
    "broker.reject_entry": "reason:choice|sub_penny|not_allowed_to_short|wash_trade|"
    "insufficient_buying_power* times:count=1 symbols:count=1 every:flag=False",
    "broker.reject_exit": "reason:choice|held_for_orders|pattern_day_trader* times:count=1 "
    "every:flag=False",
    "broker.lose_answer": "times:count=1",
    "broker.fill": "symbol* probe:duration='0s' frees:any",
    "broker.cancel": "symbol*",
    "broker.revoke_keys": "",
    "broker.quote": "symbol* price:number*",
    "broker.account": "values:any*",
    "broker.position": "symbol* by:number*",
    "signal.busy": "symbols:count* names:texts",
    "disk.full": "free:count=0",
    "disk.read_only": "",
    "disk.no_inodes": "",
    "disk.old_logs": "free:count=50000000",
    "memory.high": "percent:number*",
    "env.unset": "name:text*",
    "env.set": "name:text* value:text*",
    "clock.step": "by:duration*",
    "file.blocked": "file*",
    "function.fails": "function:text* how:choice|raises|none|nan|inf|text|number='raises' "
    "number:number=0 symbol:text symbols:count=0",
    "function.damaged": "function:text* damage:damage* symbol:text symbols:count=0",
    "uw_api.damaged_rows": "damage:damage* rows:count=0 host='uw_api'",
    "uw_cache.damaged_rows": "damage:damage* rows:count=0 process='bot'",
    "file.damaged": "file* damage:file_damage* backup:flag=False",
    "uw_api.field": "field:text* value:any",
    "signal.inject": "symbol* score:number* side:choice|buy|sell='buy' process='bot'",
}
SIGNALS = {
    "colour": "readiness",
    "status": "fp.status(fp)",
    "duration": "monitor.age uw_cache.age file.age(file) bot.cycle_age cooldown.remaining(symbol)",
    "count": "process.crashes(process) "
    "uw_cache.symbols file.entries(file) process.count(process) process.restarts(process) "
    "orders.submitted orders.entries orders.exits orders.filled orders.rejected positions.count "
    "bot.cycles weights.count cooldown.count function.failures(function) "
    "uw_cache.symbols_with_trades uw_api.errors uw_api.requests_today rows.malformed bot.clusters "
    "uw_cache.clusters(process) "
    "positions.differing orders.most_in_cycle orders.in_last_cycle decisions.blocked(text)",
    "flag": "file.exists(file) file.valid(file) process.alive(process) host.reachable(host) "
    "file.kept(file) freeze.active env.is_set(env) broker.authorized",
    "text": "process.status(process) freeze.reason env.value(env)",
    "number": "process.memory(process) disk.free memory.used scores.best uw_api.status "
    "account.buying_power position.qty(symbol) positions.cost(text) threshold.raised",
}


def _params(text: str) -> tuple[ParamSpec, ...]:
    """Specs of ``name:type|choice|choice=default``, a star for the required ones."""
    specs = []
    for word in text.replace("not a date", "not_a_date").split():
        required = word.endswith("*")
        head, _, default = word.rstrip("*").partition("=")
        name, _, kind = head.partition(":")
        kind, *choices = (kind or name).split("|")
        choices = [choice.replace("not_a_date", "not a date") for choice in choices]
        value: object = {"": None, "False": False}.get(default, default.strip("'"))
        if default.isdigit():
            value = int(default)
        specs.append(ParamSpec(name, kind, "", value, required, tuple(choices)))
    return tuple(specs)


def _signal(word: str, kind: str) -> SignalSpec:
    name, _, argument = word.rstrip(")").partition("(")
    return SignalSpec(name, "", kind, argument)


VOCABULARY = Vocabulary(
    faults={
        name: FaultSpec(name, name.split(".")[0], "", _params(text))
        for name, text in FAULTS.items()
    },
    signals={
        signal.name: signal
        for kind, words in SIGNALS.items()
        for signal in (_signal(word, kind) for word in words.split())
    },
)
