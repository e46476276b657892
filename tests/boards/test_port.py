import os
import pty
import threading

import numpy as np
import pytest

from gatewright.boards.link import BoardLink
from gatewright.boards.port import open_port
from gatewright.errors import GatewrightError
from tests.boards.model import ModelBoard
from tests.boards.test_link import sample_words, small


@pytest.fixture
def terminal():
    """A pseudo-terminal: the board's end, and the name of the host's end."""
    board, host = pty.openpty()
    yield board, os.ttyname(host)
    for end in (board, host):
        try:
            os.close(end)
        except OSError:
            continue


def serve(end, board):
    """Answer everything that comes until the line closes."""
    while True:
        try:
            data = os.read(end, 4096)
        except OSError:
            return
        board.feed(data)
        answer = bytes(board.out)
        board.out.clear()
        while answer:
            answer = answer[os.write(end, answer) :]


def test_a_real_serial_port_carries_the_link(terminal):
    end, name = terminal
    graph = small()
    threading.Thread(target=serve, args=(end, ModelBoard(graph)), daemon=True).start()
    words = sample_words(graph, 100)
    with open_port(name, 1_000_000, timeout=2.0) as port:
        link = BoardLink(port, graph)
        assert np.array_equal(link.scores(words), graph.scores(words))
    assert link.counters.retries == 0


def test_a_port_that_is_not_there(tmp_path):
    with (
        pytest.raises(GatewrightError, match=r"There is no port called .*nowhere"),
        open_port(str(tmp_path / "nowhere"), 115200),
    ):
        pass


def test_a_port_that_may_not_be_opened(monkeypatch):
    import serial

    def refuse(*_args, **_kwargs):
        raise serial.SerialException(13, "could not open port: Permission denied")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(GatewrightError, match=r"usermod -a -G \w+ \$USER"), open_port("/dev/null", 115200):
        pass


def test_a_port_that_another_program_holds(terminal):
    _, name = terminal
    with (
        open_port(name, 115200),
        pytest.raises(GatewrightError, match="held by another program"),
        open_port(name, 115200),
    ):
        pass


def test_something_that_is_no_port(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(GatewrightError, match="cannot be opened at 115200 baud"), open_port(str(path), 115200):
        pass


def test_a_board_that_is_unplugged_in_the_middle(terminal):
    end, name = terminal
    with open_port(name, 115200) as port:
        os.close(end)
        with pytest.raises(GatewrightError, match=r"is gone .*plug the board in again"):
            port.read(5)
        with pytest.raises(GatewrightError, match=r"is gone .*plug the board in again"):
            port.write(b"hello")
