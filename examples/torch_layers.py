"""Layers of gates in a torch.nn.Sequential of your own, trained by a loop of your own, and from there to Verilog.

python examples/torch_layers.py     # writes runs/mine
"""

from pathlib import Path

import torch
from torch import nn

from gatewright import flow
from gatewright.run import Run
from gatewright.train.data import load
from gatewright.train.encode import fit
from gatewright.train.export import export
from gatewright.train.layers import GroupSum, GumbelGates

torch.manual_seed(0)
digits = load("digits")
x_train, y_train, x_test, y_test = digits.x_train, digits.y_train, digits.x_test, digits.y_test
feature_names, class_names = digits.feature_names, digits.class_names

encoder = fit(x_train, feature_names, bits=3)  # raw features to bits; built in hardware, too

model = nn.Sequential(
    GumbelGates(136, 1500, candidates=16),  # two-input gates; each operand chooses among 16 inputs
    GumbelGates(1500, 400, fan_in=4),  # tables of four inputs
    GroupSum(10, tau=4.0),
)

# Train on encoder(x_train), as any PyTorch model.
bits, labels = torch.from_numpy(encoder(x_train)).float(), torch.from_numpy(y_train)
optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
for step in range(300):
    rows = torch.randint(len(bits), (64,))
    loss = nn.functional.cross_entropy(model(bits[rows]), labels[rows])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step % 100 == 0:
        print(f"step {step}: loss {loss.item():.2f}")

run = Run(Path("runs/mine"))
graph = export(model, encoder, class_names)
print(f"{graph.gates} gates, accuracy {(graph.labels(x_test) == y_test).mean():.1%}")
run.store(export(model, encoder, class_names), run.learned)
flow.split.keep(run, encoder.words(x_test), y_test)  # what simulation and board are asked
flow.export(run)  # then flow.simulate(run), flow.prove(run), ...
print(f"Verilog in {run.rtl}; next: gatewright simulate {run.path}")
