"""How fast a host may ask: as fast as the line carries questions or answers, whichever are longer."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from gatewright.hdl.link.hello import Hello
from gatewright.hdl.link.protocol import OVERHEAD_BYTES

DRIFT = 0.04
"""Two ends, each 2 % off, differ by so much."""
FILL = b"\x00"
"""A byte that begins no frame: a board that hunts drops it."""
_BYTE_BITS = 10
_HEAD_BITS = 27
"""A board refuses a frame that comes while another one waits when it has read three bytes of it."""
_MAX_WINDOW = 128
_MAX_ANSWERS = 2048
_MAX_QUESTIONS = 16384


@dataclass(frozen=True)
class Pace:
    """How samples are asked without waiting for their answers.

    A board keeps one question while it sends the answer to another, and refuses the next. So a question, and the bytes
    that fill the time behind it, last no shorter than its answer, and leave the classifier time to take the sample and
    give its result before the next question is recognised.

    Attributes:
        fill: what follows each question.
        window: how many questions may be under way. It keeps the line busy while answers wait in the buffers of
            adapters and drivers, and is small enough that those hold them.
        answer_bits: bit times that an answer may take, from its question on.
    """

    fill: bytes
    window: int
    answer_bits: int

    @classmethod
    def of(cls, hello: Hello) -> Pace:
        """The pace of a board."""
        question = OVERHEAD_BYTES + hello.shape.sample_bytes
        answer = OVERHEAD_BYTES + hello.shape.result_bytes
        inside = (hello.latency_cycles + hello.interval_cycles) / hello.divisor + 2
        for_answer = answer * (1 + DRIFT) + 1 - question
        for_result = (inside * (1 + DRIFT) - _HEAD_BITS) / _BYTE_BITS
        fill = max(0, ceil(for_answer), ceil(for_result))
        period = question + fill
        window = max(1, min(_MAX_WINDOW, _MAX_ANSWERS // answer, 1 + _MAX_QUESTIONS // period))
        return cls(FILL * fill, window, _BYTE_BITS * period + round(inside))
