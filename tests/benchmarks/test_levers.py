"""The lever table: what each row changes, and how it counts."""

import json

import levers


def test_every_lever_changes_the_base_in_a_folder_of_its_own(tmp_path):
    every = [*levers.LEVERS, levers.TEACHER]
    assert len({str(levers.place(tmp_path, lever, 1).path) for lever in every}) == len(every)
    for lever in every:
        recipe = lever.recipe("fashion-mnist", 1)
        assert (recipe.name, recipe.dataset, recipe.seed) == (lever.name, "fashion-mnist", 1)
        same = [name for name in lever.changes if getattr(recipe, name) == getattr(levers.BASE, name)]
        # What a teacher weighs by default is something where there is one.
        assert same == [] or lever.taught


def test_a_row_is_compared_with_the_base_of_the_same_seed(tmp_path):
    mnist, fashion = tmp_path / "mnist", tmp_path / "fashion-mnist"
    found = {(mnist, "base", 0): 0.970, (mnist, "base", 1): 0.980, (mnist, "hard", 1): 0.975, (mnist, "tau 1", 0): 0.96}
    found |= {(fashion, "base", 0): 0.820}
    by_name = {lever.name: lever for lever in levers.LEVERS}
    for (out, name, seed), accuracy in found.items():
        run = levers.place(out, by_name[name], seed)
        run.path.mkdir(parents=True)
        note = {"accuracy": accuracy, "gap": 0.0, "lut4": 3543.4, "cells": 4457.3, "cpu_seconds": 60.2}
        # One that has been begun is no row.
        note = {"cpu_seconds": 60.2} if name == "tau 1" else note
        (run.path / "lever.json").write_text(json.dumps(note))
    chosen = [by_name[name] for name in ("base", "hard", "tau 1", "tau 4")]
    head, line, *rows = levers.table([mnist, fashion], chosen, 3).splitlines()
    assert head.count("|") == line.count("|") == rows[0].count("|")
    assert rows == [
        "| base | none | 97.00 to 98.00 |  | 2 | 82.00 |  | 1 | 3,543 | 4,457 | 60 |",
        "| hard | `method` hard, `noise_scale` 0.0 | 97.50 | -0.50 | 1 |  |  | 0 | 3,543 | 4,457 | 60 |",
    ]
