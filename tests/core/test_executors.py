import operator
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from asperity.core.errors import InputError, UsageError
from asperity.core.executors import ExecutorChoice, open_executor, parse_executor


def test_none_is_none() -> None:
    with open_executor("") as executor:
        assert executor is None


def test_processes_are_others_and_as_many_as_asked_for() -> None:
    with open_executor("local:2") as executor:
        assert executor is not None
        assert list(executor.map(operator.mul, range(5), range(5))) == [0, 1, 4, 9, 16]
        pids = {executor.submit(os.getpid).result() for _ in range(8)}
        assert os.getpid() not in pids
        assert len(pids) <= 2


def test_the_failure_of_a_piece_is_its_own() -> None:
    with open_executor("local:1") as executor:
        assert executor is not None
        with pytest.raises(ZeroDivisionError):
            executor.submit(operator.truediv, 1, 0).result()
        assert executor.submit(operator.add, 1, 1).result() == 2


@pytest.mark.parametrize(
    "text",
    ["local", "local:", "local:0", "local:-1", "local:two", "local:99999", "local:2 ", "dask:host",
     "dask://host", "dask://host:port", "dask://:8786", "ray://x:1", "2", " "],
)  # fmt: skip
def test_unknown_executors_are_refused_with_the_known(text: str) -> None:
    with (
        pytest.raises(
            UsageError, match=r"write local:N with N processes \(at most 9999\) or dask://HOST:PORT"
        ),
        open_executor(text),
    ):
        pass


def test_a_cluster_that_is_not_there_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(InputError, match=r"install asperity-core\[dask\]|no Dask scheduler answers"),
        open_executor(f"dask://127.0.0.1:{port}"),
    ):
        pass


def test_a_scheduler_is_an_address_and_a_port() -> None:
    assert parse_executor("dask://node-1.cluster:8786") == ExecutorChoice(
        scheduler="tcp://node-1.cluster:8786"
    )
    assert parse_executor("dask://[::1]:8786/") == ExecutorChoice(scheduler="tcp://[::1]:8786")


def test_an_interrupted_block_does_not_wait_for_its_pieces() -> None:
    def interrupted() -> None:
        with open_executor("local:1") as executor:
            assert executor is not None
            assert executor.submit(operator.add, 1, 1).result() == 2  # the worker is up
            for _ in range(3):
                executor.submit(time.sleep, 60)
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - started < 20


def test_a_process_that_is_killed_is_one_line() -> None:
    def work() -> None:
        with open_executor("local:1") as executor:
            assert executor is not None
            executor.submit(os._exit, 1).result()

    with pytest.raises(InputError, match="--executor local:1: a process ended without an answer"):
        work()


def test_the_processes_of_a_killed_command_end(tmp_path) -> None:
    """One at work and one that waits; both hold standard output, which closes with the last."""
    code = (
        "import time\n"
        "from asperity.core.executors import open_executor\n"
        "if __name__ == '__main__':\n"
        "    with open_executor('local:2') as pool:\n"
        "        list(pool.map(time.sleep, [0.5, 0.5]))\n"
        "        pool.submit(time.sleep, 600)\n"
        "        print('at work', len(pool._processes), flush=True)\n"
        "        time.sleep(600)\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "at work 2\n"
        began = time.monotonic()
        parent.send_signal(signal.SIGKILL)
        assert parent.communicate(timeout=60)[0] == ""
        assert time.monotonic() - began < 30
