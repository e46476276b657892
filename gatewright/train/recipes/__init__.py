"""Recipes: everything that decides a training run, one short file for each that is published."""
