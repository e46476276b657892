"""The kernels against the reference: the same noise, the same outputs, the same gradients."""

import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.train.kernels import reference, stack
from gatewright.train.kernels.stack import Layer, Stack, tables_of, unpack


def eighths(generator, *shape):
    """Random multiples of 1/8: sums of them are exact in single precision, and ties are likely."""
    return (8 * torch.randn(*shape, generator=generator)).round() / 8


@st.composite
def networks(draw, precisions=(False, True)):
    """Layers, parameters, noise and samples; operands and candidates repeat, and batches do not fill words."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31 - 1)))
    inputs, classes = draw(st.integers(1, 70)), draw(st.integers(2, 4))
    batch = draw(st.sampled_from([1, 2, 31, 63, 64, 65, 128, 131]))
    tau, below, mixed = draw(st.sampled_from([0.3, 1.0, 2.0])), inputs, draw(st.sampled_from(precisions))
    layers, parameters = [], []
    for _ in range(draw(st.integers(1, 3))):
        gates = classes * draw(st.sampled_from([1, 3, 22]))
        fan_in, k = draw(st.sampled_from([2, 2, 3, 4, 5, 6])), draw(st.sampled_from([1, 1, 2, 8, 19]))
        candidates = torch.randint(below, (gates, fan_in, k), generator=generator)
        layers.append(Layer(candidates.numpy().astype(np.int32), tau, 1.0, mixed=mixed))
        parameters.append(eighths(generator, gates, 16 if fan_in == 2 else 2**fan_in))
        if k > 1:
            parameters.append(eighths(generator, gates, fan_in, k))
        below = gates
    noise = [eighths(generator, *parameter.shape) for parameter in parameters]
    x = torch.randint(2, (batch, inputs), generator=generator).float()
    counted = draw(st.booleans())
    # Sums of these are exact as well, but not what becomes of them in eight bits.
    gradient = (1024 * torch.randn(batch, classes if counted else below, generator=generator)).round() / 1024
    return layers, classes if counted else None, parameters, noise, x, gradient


class Rounded(torch.autograd.Function):
    """The same value; the gradient rounded to bfloat16."""

    @staticmethod
    def forward(_, x):
        return x.clone()

    @staticmethod
    def backward(_, gradient):
        return gradient.bfloat16().to(gradient)


def by_reference(layers, classes, parameters, noise, x, gradient, *, hard=True):
    """Outputs and gradients in double precision, but for the way down through layers that are mixed."""
    parameters = [parameter.double().requires_grad_() for parameter in parameters]
    noise = [tensor.double() for tensor in noise]
    start = x.double().requires_grad_()
    x = Rounded.apply(start) if layers[0].mixed else start
    at = 0
    for layer in layers:
        several = layer.candidates.shape[2] > 1
        wiring = (parameters[at + 1], noise[at + 1]) if several else (None, None)
        candidates = torch.from_numpy(layer.candidates).long()

        def gates(x, logits, wires, layer=layer, candidates=candidates, noises=noise[at], wire_noises=wiring[1]):
            return reference.gates(x, candidates, logits, noises, layer.tau, wires, wire_noises, hard=hard)

        if layer.mixed:
            # Parameters see the gradient as it was added up, what lies below sees it rounded.
            wires = wiring[0].detach() if several else None
            below = Rounded.apply(gates(x, parameters[at].detach(), wires))
            own = gates(x.detach(), parameters[at], wiring[0])
            x = below + (own - own.detach())
        else:
            x = gates(x, parameters[at], wiring[0])
        at += 1 + several
    if classes is not None:
        x = x.reshape(len(x), classes, -1).sum(dim=2)
    return x, torch.autograd.grad(x, [start, *parameters], gradient.double())


@given(networks())
@settings(deadline=None, max_examples=60)
def test_outputs_and_gradients_are_those_of_the_reference(network):
    layers, classes, parameters, noise, x, gradient = network
    expected, gradients = by_reference(*network)
    x = x.requires_grad_()
    parameters = [parameter.requires_grad_() for parameter in parameters]
    actual = Stack.apply(x, layers, classes, 0, noise, *parameters)
    assert torch.equal(actual.double(), expected.round())
    # Differences of sums are as exact as the sums, whatever is left of them.
    sums = max(gradient.abs().sum(dim=0).max(), *(tensor.abs().max() for tensor in gradients))
    for mine, theirs in zip(torch.autograd.grad(actual, [x, *parameters], gradient), gradients, strict=True):
        assert (mine - theirs).abs().max() <= 1e-5 * max(theirs.abs().max(), 0.1 * sums)


def layer(gates, inputs, scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    candidates = torch.randint(inputs, (gates, 2, 1), generator=generator).numpy().astype(np.int32)
    return Layer(candidates, 1.0, scale), torch.randn(gates, 16, generator=generator)


def test_the_seed_decides_the_noise_and_layers_differ():
    first, logits = layer(300, 300)
    x = torch.randint(2, (70, 300)).float()

    def once(seed):
        return Stack.apply(x, [first, first], None, seed, None, logits, logits)

    assert torch.equal(once(5), once(5))
    assert not torch.equal(once(5), once(6))
    assert not torch.equal(once(5), once(5 + 2**40))
    quiet, _ = layer(300, 300, scale=0.0)
    once_more = Stack.apply(Stack.apply(x, [quiet], None, 1, None, logits), [quiet], None, 2, None, logits)
    assert torch.equal(Stack.apply(x, [quiet, quiet], None, 3, None, logits, logits), once_more)


def test_threads_change_nothing(monkeypatch):
    monkeypatch.setattr(stack, "_WORK_OF_A_THREAD", 1)
    layers, logits = zip(*(layer(500, 500, seed=seed) for seed in (1, 2)), strict=True)
    parameters = [tensor.requires_grad_() for tensor in logits]
    x = torch.randint(2, (128, 500)).float()
    results = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        out = Stack.apply(x, layers, 10, 7, None, *parameters)
        results.append((out, *torch.autograd.grad(out.square().sum(), parameters)))
        assert numba.get_num_threads() == threads
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_gradients_add_up_and_outlive_later_steps():
    made, logits = layer(90, 40)
    x = torch.randint(2, (70, 40)).float()
    logits.requires_grad_()

    def backward():
        Stack.apply(x, [made], 3, 5, None, logits).square().sum().backward()
        return logits.grad

    once = backward()
    kept = once.clone()
    assert torch.equal(backward(), 2 * kept)
    logits.grad = None
    backward()
    assert torch.equal(logits.grad, kept)
    first, second = (Stack.apply(x, [made], 3, seed, None, logits).square().sum() for seed in (5, 6))
    (of_second,) = torch.autograd.grad(second, logits)
    (of_first,) = torch.autograd.grad(first, logits)
    assert torch.equal(of_first, kept)
    assert not torch.equal(of_second, kept)


@pytest.mark.parametrize("batch", [1, 64, 100])
def test_unpack_is_the_reverse_of_packing(batch):
    from gatewright.train.kernels.cpu import circuit

    x = np.random.default_rng(batch).integers(0, 2, (batch, 9)).astype(np.uint8)
    words = np.empty((-(-batch // 64), 9), dtype=np.uint64)
    circuit.pack(x, words)
    assert np.array_equal(unpack(words, batch), x)


@pytest.mark.parametrize("entries", [8, 16, 32, 64])
def test_tables_of_signs(entries):
    logits = np.random.default_rng(entries).normal(size=(20, entries)).astype(np.float32)
    expected = [sum(int(value > 0) << i for i, value in enumerate(row)) for row in logits]
    assert tables_of(logits).tolist() == expected
