"""The whole loop in one process: real decisions, twins for the stores and the world, faults on purpose, no sleeping.

`simulate.simulate(seed)` gives a history, the same for the same seed; `python -m everloop.testing.simulator SEED`
tells it.
"""
