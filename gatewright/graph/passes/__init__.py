"""Passes: functions from GateGraph to GateGraph that keep every score and never add a gate."""
