"""A table, a scikit-learn classifier, and its hardware.

python examples/classifier.py
"""

from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, train_test_split

from gatewright import GateClassifier

table = load_iris(as_frame=True)
x, labels = table.data, table.target_names[table.target]
x_train, x_test, y_train, y_test = train_test_split(x, labels, random_state=0, stratify=labels)

search = GridSearchCV(GateClassifier(layers=30, candidates=8, steps=300, random_state=0), {"bits": [1, 3]}, cv=3)
classifier = search.fit(x_train, y_train).best_estimator_
print(f"bits: {search.best_params_['bits']}, accuracy {classifier.score(x_test, y_test):.1%}")

# The same names in the Verilog: the wire petal_length_cm_gt_21, and what it is made of.
verilog = classifier.to_verilog()
print("\n".join(line for line in verilog.splitlines() if "petal_length" in line and "wire" in line))

simulated = classifier.simulate(x_test)
print(f"{simulated['vectors']} vectors simulated, {simulated['mismatches']} mismatches")

# classifier.prove() proves it for every input, and this makes the bitstream:
# print(classifier.build("icebreaker", out="runs/iris").fmax_mhz)
