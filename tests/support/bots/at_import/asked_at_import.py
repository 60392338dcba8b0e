"""A bot's module that looks at the environment and the clock while it is imported, as many do."""

from __future__ import annotations

import os
import time

KEY = os.environ.get("APCA_API_SECRET_KEY")
BORN = time.time()
