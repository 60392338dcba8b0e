"""Names that a bot binds while it is imported obey the world."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import os, sys
from pytest_fpharness.world.switches import switch_all
switch_all()
switch_all()  # a second time changes nothing
from os import kill, remove, rename, stat, system, listdir, getpid
from subprocess import Popen, run, check_output
from psutil import Process, pid_exists, process_iter
from io import open as io_open
import pickle
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.world.world import World

class Own(Popen):
    def answer(self):
        return self.communicate()[0]

world = World(sys.argv[1], Layout())
world.processes.declare("bot", ("python", "bot.py"), "bot")
world.processes.spawn("bot")
pid = world.processes.current("bot").pid
world.activate()
with world.as_actor("bot"):
    print("getpid", getpid() == pid)
    print("system", system("pgrep -f bot.py") == 0)
    print("Popen", Popen(["pgrep", "-f", "bot.py"], stdout=-1, text=True).communicate()[0] == f"{pid}\\n")
    print("subclass", Own(["pgrep", "-f", "bot.py"], stdout=-1, text=True).answer() == f"{pid}\\n")
    print("check_output", check_output(["pgrep", "-f", "bot.py"]) == f"{pid}\\n".encode())
    print("instance", isinstance(Popen(["pgrep", "x"]), Popen))
    print("Process", Process(pid).cmdline() == ["python", "bot.py"])
    print("pids", pid_exists(pid) and [p.pid for p in process_iter()] == [pid])
    with io_open("a.txt", "w") as file:
        file.write("x")
    try:
        io_open("/outside.txt", "w")
    except PermissionError:
        print("open", True)
world.deactivate()
print("restored", getpid() == os.getpid() != pid)
print("no commands", Popen(["true"]).wait() == 0)
print("abilities", os.stat in os.supports_follow_symlinks)
print("pickle", pickle.loads(pickle.dumps(os.remove)) is os.remove)
"""


def test_names_bound_at_import_obey_the_world(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    lines = result.stdout.splitlines()
    assert result.returncode == 0, result.stderr
    assert [line for line in lines if not line.endswith(" True")] == []
    assert len(lines) == 13
