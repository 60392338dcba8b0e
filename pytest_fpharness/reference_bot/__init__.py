"""The embedded reference bot: a small but complete trading bot.

It knows nothing of the harness: it reads files relative to its working directory, calls HTTP with
``requests``, reads the system clock, and starts services with ``systemctl``.

Monitoring is built from registries, so that a test can remove a single behaviour of one failure
point before the first pass:

- ``monitor.Monitor().checks[fp]``: its check; replace or remove it;
- ``.heals[fp]``: its heal action; pop it and the state is "none";
- ``.alerting`` and ``.escalating`` (sets of ids): whether it alerts, whether it pages;
- ``.colours[fp][status]``: its colour;
- ``dashboard.HIDDEN`` (ids) and ``dashboard.HIDDEN_VALUES`` (pairs of id and value name): its row,
  one shown value.

``watchdog.Watchdog`` has the same collections, for FP-6.20. What each failure point is, and its
manual steps, is data in ``failure_points.FAILURE_POINTS``.
"""

from __future__ import annotations
