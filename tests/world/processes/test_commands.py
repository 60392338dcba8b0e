from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from pytest_fpharness.world.processes.commands import QUICK, SERVICE, UnknownCommand
from pytest_fpharness.world.processes.entry import STOPPED, ZOMBIE
from pytest_fpharness.world.processes.environment import VirtualMemory
from pytest_fpharness.world.world import World
from tests.support.world_bench import acting, kinds, make_world

UNIT = "uw-flow-daemon.service"


@pytest.fixture
def world() -> Iterator[World]:
    world = make_world()
    table = world.processes
    table.declare("daemon", ("python3", "uw_flow_daemon.py"), UNIT)
    table.declare("main", ("python3", "main.py"), "bot.service")
    table.spawn("daemon")
    table.spawn("main")
    with acting(world, world.commands, world.psutils):
        yield world


def pid(world: World, name: str = "daemon") -> int:
    entry = world.processes.current(name)
    assert entry is not None
    return entry.pid


def out(command: str) -> str:
    return str(subprocess.run(command.split(), capture_output=True, text=True).stdout)


def code(command: str) -> int:
    return subprocess.run(command.split()).returncode


# -- subprocess -----------------------------------------------------------------------------------


def test_text_and_bytes(world: World) -> None:
    line = f"{pid(world)}\n"
    assert subprocess.check_output(["pgrep", "-f", "uw_flow_daemon"]) == line.encode()
    assert out("pgrep -f uw_flow_daemon") == line


def test_what_is_not_captured_is_none(world: World) -> None:
    done = subprocess.run(["pgrep", "-f", "uw_flow_daemon"], stderr=subprocess.PIPE)
    assert [done.stdout, done.stderr] == [None, b""]


def test_stderr_can_go_to_stdout(world: World) -> None:
    done = subprocess.run(
        ["systemctl", "start", "x"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert "Unit x not found" in done.stdout and done.stderr is None


def test_a_pipe_can_be_read(world: World) -> None:
    with subprocess.Popen(["pgrep", "-f", "main"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.read() == f"{pid(world, 'main')}\n"
    assert process.returncode == 0


def test_check_raises(world: World) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["pgrep", "nobody"], check=True)


def test_commands_take_virtual_time(world: World) -> None:
    code("pgrep -f main")
    assert world.clock.now == QUICK
    code(f"sudo systemctl --no-block restart {UNIT}")
    assert world.clock.now == QUICK + SERVICE


def test_an_unknown_command_is_an_escape(world: World) -> None:
    with pytest.raises(UnknownCommand, match=r"'curl -s x' was run.*pgrep"):
        code("curl -s x")
    assert world.commands.unknown == ["curl -s x"]
    assert kinds(world)[-1] == "escape"


def test_an_answer_of_ones_own_wins(world: World) -> None:
    world.commands.answers["systemctl", "is-failed"] = (0, "failed\n", "")
    assert out(f"systemctl is-failed {UNIT}") == "failed\n"
    assert out(f"systemctl is-active {UNIT}") == "active\n"


def test_without_an_actor_commands_are_real(world: World) -> None:
    with world.as_actor(""):
        assert subprocess.check_output(["echo", "real"]) == b"real\n"
        assert os.system("exit 3") == 3 << 8


# -- shell lines ----------------------------------------------------------------------------------


def test_a_shell_line(world: World) -> None:
    line = "pgrep -f nobody > /dev/null 2>&1 || sudo systemctl restart " + UNIT
    assert os.system(line) == 0
    assert world.processes.restarts == {UNIT: 1}


def test_a_shell_line_with_and_stops_at_a_failure(world: World) -> None:
    done = subprocess.run(f"pgrep nobody && systemctl stop {UNIT}; pgrep -fc main", shell=True)
    assert done.returncode == 0
    assert world.processes.alive("daemon")


def test_a_shell_failure_is_its_exit_code(world: World) -> None:
    assert os.system("pgrep nobody") == 1 << 8


@pytest.mark.parametrize(
    "line", ["pgrep -f main | wc -l", "kill $(pgrep main)", "pgrep main > pid"]
)
def test_what_else_a_shell_can_do_is_unknown(world: World, line: str) -> None:
    with pytest.raises(UnknownCommand):
        os.system(line)


# -- pgrep, pkill, kill ---------------------------------------------------------------------------


def test_pgrep_without_f_sees_program_names(world: World) -> None:
    assert out("pgrep python3").split() == [str(pid(world)), str(pid(world, "main"))]
    assert out("pgrep main.py") == ""
    assert out("pgrep -c -f main.py") == "1\n"
    assert out("pgrep -x -f main.py") == ""


def test_pkill(world: World) -> None:
    assert code("pkill -f uw_flow_daemon") == 0
    assert not world.processes.alive("daemon")
    assert code("pkill -f uw_flow_daemon") == 1


@pytest.mark.parametrize("word", ["-9", "-KILL", "-SIGKILL", "-s KILL", "--signal=9"])
def test_pkill_with_a_signal(world: World, word: str) -> None:
    daemon = world.processes.current("daemon")
    assert daemon is not None
    assert code(f"pkill {word} -f uw_flow_daemon") == 0
    assert daemon.code == -signal.SIGKILL


def test_kill_zero_only_asks(world: World) -> None:
    assert code(f"kill -0 {pid(world)}") == 0
    assert world.processes.alive("daemon")
    assert code("kill -0 99") == 1


def test_kill_takes_several(world: World) -> None:
    assert code(f"kill -9 {pid(world)} {pid(world, 'main')}") == 0
    assert not list(world.processes.live())


def test_stop_and_continue(world: World) -> None:
    entry = world.processes.current("daemon")
    assert entry is not None
    code(f"kill -STOP {entry.pid}")
    assert entry.status == STOPPED and out(f"systemctl is-active {UNIT}") == "inactive\n"
    code(f"kill -CONT {entry.pid}")
    assert world.processes.alive("daemon")


# -- systemctl ------------------------------------------------------------------------------------


def test_a_restart_gives_a_new_pid(world: World) -> None:
    before = pid(world)
    assert code("systemctl restart uw-flow-daemon") == 0
    assert pid(world) != before
    assert len(list(world.processes.live())) == 2


def test_stop_and_start(world: World) -> None:
    code(f"systemctl stop {UNIT}")
    assert code(f"systemctl is-active {UNIT}") == 3
    code(f"systemctl start {UNIT}")
    code(f"systemctl start {UNIT}")
    assert code(f"systemctl is-active --quiet {UNIT}") == 0
    assert len(list(world.processes.live())) == 2


def test_an_unknown_unit(world: World) -> None:
    assert code("systemctl restart nothing.service") == 5


# -- psutil and os --------------------------------------------------------------------------------


def test_psutil_sees_the_table(world: World) -> None:
    assert psutil.pids() == [pid(world), pid(world, "main")]
    process = psutil.Process(pid(world))
    assert (process.name(), process.cmdline()) == ("python3", ["python3", "uw_flow_daemon.py"])
    assert [p.info["pid"] for p in psutil.process_iter(["pid"])] == psutil.pids()
    process.kill()
    with pytest.raises(psutil.NoSuchProcess):
        process.status()


def test_a_zombie_has_no_command_line(world: World) -> None:
    entry = world.processes.current("daemon")
    assert entry is not None
    entry.status = ZOMBIE
    process = psutil.Process(entry.pid)
    assert (process.status(), process.cmdline()) == (psutil.STATUS_ZOMBIE, [])
    assert process.is_running()


def test_a_process_has_its_own_pid(world: World) -> None:
    with world.as_actor("daemon"):
        assert os.getpid() == pid(world) == psutil.Process().pid


def test_os_kill(world: World) -> None:
    os.kill(pid(world), 0)
    assert world.processes.alive("daemon")
    os.kill(pid(world), signal.SIGTERM)
    with pytest.raises(ProcessLookupError):
        os.kill(1, 0)


def test_without_an_actor_psutil_is_real(world: World) -> None:
    with world.as_actor(""):
        assert psutil.Process().pid == os.getpid()
        assert psutil.pid_exists(os.getpid())
        assert not isinstance(psutil.virtual_memory(), VirtualMemory)


def test_only_the_asked_part_is_patched() -> None:
    world = make_world()
    world.memory.percent = 91.0
    real = psutil.Process
    world.psutils.patch("memory")
    try:
        with world.as_actor("bot"):
            assert psutil.virtual_memory().percent == 91
            assert psutil.Process is real
    finally:
        world.psutils.unpatch("memory")
