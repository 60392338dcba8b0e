"""A target whose module rings and then never gets imported."""

from __future__ import annotations

import os

os.write(os.open(os.environ["BELL"], os.O_WRONLY), b"!")
while True:
    pass
