"""The reader behind a receiver that is played by the test: bit by bit, without a line."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gatewright.hdl.link.lfsr import register_of
from gatewright.hdl.link.protocol import SELFTEST, ErrorCode, Frame, Shape, Type
from gatewright.hdl.link.reader import Reader
from gatewright.hdl.link.selftest import cleared_bits, generate
from gatewright.hdl.sample import Sample

SHAPE = Shape(5, 3, 3, 2)
LONG = Shape(700, 3, 3, 2)
TIMEOUT_BITS = 64
HELLO = Frame(Type.HELLO, 9).encode()


def sample(sequence=7, seed=0, shape=SHAPE):
    """The words of a sample and the bytes of its frame."""
    words = np.random.default_rng(seed).integers(0, 2**shape.word_width, shape.features)
    return words, Frame(Type.SAMPLE, sequence, shape.pack_sample(words)).encode()


def packed(words, shape=SHAPE):
    return sum(int(word) << i * shape.word_width for i, word in enumerate(words))


class Player:
    """Plays the receiver; ``errors`` holds the codes that the reader said."""

    def __init__(self, ctx, reader):
        self.ctx, self.reader, self.errors = ctx, reader, []

    async def cycle(self, **ports):
        """One clock cycle with these inputs high or set, and the others low."""
        reader = self.reader
        for name in ("bit", "shift", "data", "done", "broken", "tick", "answered", "clear", "step"):
            self.ctx.set(getattr(reader, name), ports.get(name, 0))
        *_, error, code = await self.ctx.tick().sample(reader.error, reader.code)
        if error:
            self.errors.append(ErrorCode(code))

    async def byte(self, byte, broken=False):
        await self.cycle(tick=1)
        for i in range(8):
            await self.cycle(bit=byte >> i & 1, shift=1, tick=1)
        await self.cycle(data=byte, tick=1, **{"broken" if broken else "done": 1})

    async def send(self, data):
        for byte in data:
            await self.byte(byte)

    async def silence(self, ticks):
        for _ in range(ticks):
            await self.cycle(tick=1)
            await self.cycle()

    async def answer(self):
        await self.cycle(answered=1)

    @property
    def waits(self):
        """What waits: ``"hello"``, ``"sample"`` or nothing, its sequence, and its payload if it has one."""
        get, reader = self.ctx.get, self.reader
        if get(reader.sample):
            assert not get(reader.hello)
            return "sample", get(reader.sequence), get(reader.held)
        for kind, flag in (("selftest", reader.selftest_waits), ("counters", reader.counters)):
            if get(flag):
                return kind, get(reader.sequence), get(reader.count)
        return ("hello", get(reader.sequence)) if get(reader.hello) else None


def play(script, shape=SHAPE, selftest=True):
    """Run ``script(player)`` and return the errors that were said."""
    m = Module()
    m.submodules.reader = reader = Reader(shape, TIMEOUT_BITS, selftest)
    m.submodules.sample = register = Sample(shape.sample_bits, cleared=cleared_bits(shape) if selftest else 0)
    m.d.comb += [register.fill.eq(reader.fill), register.coming.eq(reader.coming), reader.held.eq(register.held)]
    if register.cleared:
        m.d.comb += register.clear.eq(reader.clear)
    players = []

    async def bench(ctx):
        players.append(Player(ctx, reader))
        await script(players[0])

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return players[0].errors


@pytest.mark.parametrize("shape", [Shape(1, 1, 2, 1), Shape(8, 1, 2, 1), SHAPE, Shape(3, 16, 2, 1), LONG])
def test_frames_wait_until_they_are_answered(shape):
    async def script(player):
        for seed, sequence in ((0, 7), (1, 255), (2, 0)):
            words, frame = sample(sequence, seed, shape)
            await player.send(frame[:-1])
            assert player.waits is None
            await player.send(frame[-1:])
            assert player.waits == ("sample", sequence, packed(words, shape))
            await player.silence(3)
            assert player.waits == ("sample", sequence, packed(words, shape))
            await player.answer()
            assert player.waits is None
            await player.send(HELLO)
            assert player.waits == ("hello", 9)
            await player.answer()

    assert play(script, shape) == []


@given(st.binary(max_size=8).filter(lambda noise: 0xA5 not in noise), st.integers(1, 3), st.integers(5, 255))
@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_noise_and_repeated_syncs_and_unknown_types_are_passed_over(noise, syncs, unknown):
    words, frame = sample()
    unknown = 0 if unknown == 0xA5 else unknown

    async def script(player):
        await player.send(noise + b"\xa5" + bytes([unknown]) + b"\xa5" * syncs + frame[1:])
        assert player.waits == ("sample", 7, packed(words))

    assert play(script) == []


@pytest.mark.parametrize("position", range(2, len(sample()[1])))
def test_every_damaged_byte_behind_the_type_is_refused_and_the_next_frame_is_taken(position):
    damaged = bytearray(sample()[1])
    damaged[position] ^= 1 << position % 8
    words, frame = sample(8, 1)

    async def script(player):
        await player.send(damaged)
        assert player.waits is None
        # What is left of a frame with a wrong length is noise, and could begin like a frame.
        await player.silence(2 * TIMEOUT_BITS)
        await player.send(frame)
        assert player.waits == ("sample", 8, packed(words))

    assert play(script) == [ErrorCode.LENGTH if position in (3, 4) else ErrorCode.CRC]


@pytest.mark.parametrize(
    ("kind", "length"), [(Type.HELLO, 2), (Type.HELLO, 256), (Type.SAMPLE, 0), (Type.SAMPLE, 3), (Type.SAMPLE, 258)]
)
def test_a_length_of_another_design_is_refused_at_once(kind, length):
    async def script(player):
        await player.send(bytes([0xA5, kind, 0, length & 255]))
        if not player.errors:
            await player.send(bytes([length >> 8]))
        assert player.errors == [ErrorCode.LENGTH]
        await player.send(HELLO)
        assert player.waits == ("hello", 9)

    play(script)


@pytest.mark.parametrize("waiting", [HELLO, sample()[1]])
def test_a_frame_that_comes_while_another_waits_is_busy_and_spoils_nothing(waiting):
    words, second = sample(8, 1)

    async def script(player):
        await player.send(waiting)
        before = player.waits
        await player.send(second[:3])
        assert player.errors == [ErrorCode.BUSY]
        await player.send(second[3:])
        assert player.waits == before
        await player.answer()
        await player.silence(2 * TIMEOUT_BITS)
        await player.send(second)
        assert player.waits == ("sample", 8, packed(words))

    assert play(script) == [ErrorCode.BUSY]


def test_an_answer_in_the_middle_of_the_next_frame_is_early_enough():
    first, second = sample(7, 0), sample(8, 1)

    async def script(player):
        await player.send(first[1])
        await player.send(second[1][:2])
        await player.answer()
        assert player.waits is None
        await player.send(second[1][2:])
        assert player.waits == ("sample", 8, packed(second[0]))

    assert play(script) == []


@pytest.mark.parametrize("position", range(1, len(sample()[1])))
def test_a_byte_without_a_stop_bit_ends_a_frame(position):
    words, frame = sample()

    async def script(player):
        await player.send(frame[:position])
        await player.byte(frame[position], broken=True)
        assert player.errors == [ErrorCode.CRC]
        assert player.waits is None
        await player.send(frame)
        assert player.waits == ("sample", 7, packed(words))

    play(script)


def test_a_byte_without_a_stop_bit_is_noise_between_frames():
    async def script(player):
        await player.byte(0xA5, broken=True)
        await player.send(HELLO)
        assert player.waits == ("hello", 9)

    assert play(script) == []


@pytest.mark.parametrize("position", range(1, len(sample()[1])))
def test_an_interrupted_frame_is_given_up_after_the_timeout_and_not_before(position):
    words, frame = sample()

    async def script(player):
        for silence, taken in ((TIMEOUT_BITS - 12, True), (TIMEOUT_BITS + 1, False)):
            await player.send(frame[:position])
            await player.silence(silence)
            # A frame that was given up leaves bytes that hold no sync: none of them is taken.
            await player.send(frame[position:])
            assert (player.waits == ("sample", 7, packed(words))) == taken
            await player.answer()

    assert 0xA5 not in frame[1:]
    assert play(script) == []


def test_a_frame_that_waits_outlives_any_silence():
    async def script(player):
        await player.send(HELLO)
        await player.silence(5 * TIMEOUT_BITS)
        assert player.waits == ("hello", 9)

    assert play(script) == []


@pytest.mark.parametrize("shape", [Shape(1, 1, 2, 1), Shape(8, 1, 2, 1), SHAPE, Shape(3, 16, 2, 1), LONG])
def test_the_sample_register_holds_one_sample_of_a_self_test_after_the_other(shape):
    async def script(player):
        for seed in (1, 0xDEADBEEF, 0x80000000):
            # What lay in the register before does not matter.
            await player.send(sample(3, seed, shape)[1])
            await player.answer()
            await player.send(Frame(Type.SELFTEST, 7, SELFTEST.pack(register_of(50), seed)).encode())
            assert player.waits == ("selftest", 7, register_of(50))
            await player.cycle(clear=1)
            for words in generate(shape, 50, seed):
                assert player.ctx.get(player.reader.held) == packed(words, shape)
                await player.cycle()
                await player.cycle(step=1)
            assert player.waits == ("selftest", 7, register_of(50))
            await player.answer()
            assert player.waits is None

    assert play(script, shape) == []


def test_counters_wait_like_a_hello():
    async def script(player):
        await player.send(Frame(Type.COUNTERS, 6).encode())
        assert player.waits[:2] == ("counters", 6)
        await player.answer()
        assert player.waits is None

    assert play(script) == []


def test_without_a_self_test_its_types_are_unknown():
    async def script(player):
        await player.send(Frame(Type.COUNTERS, 6).encode() + Frame(Type.SELFTEST, 7, bytes(8)).encode())
        assert player.waits is None
        await player.send(HELLO)
        assert player.waits == ("hello", 9)

    assert play(script, selftest=False) == []
