"""The embedded reference bot: a small but complete trading bot.

It is independent of the harness: it reads files relative to its working directory, calls HTTP with
``requests``, reads the system clock, and starts services with ``systemctl``.

Monitoring is built from registries, so that a test can remove a single behaviour of one failure
point before the first pass:

- ``monitoring.monitor.Monitor().checks[fp]``: its check; replace or remove it;
- ``.heals[fp]``: its heal action; pop it and the state is "none";
- ``.alerting`` and ``.escalating`` (sets of ids): whether it alerts, whether it pages;
- ``.colours[fp][status]``: its colour;
- ``dashboard.app.HIDDEN`` (ids) and ``HIDDEN_VALUES`` (pairs of id and value name): its row, a value
  in it.

``monitoring.watchdog.Watchdog`` has the same collections, for FP-6.20. The failure points and their
manual steps are declared in ``monitoring/failure_points.toml``.
"""
