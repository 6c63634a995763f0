"""What tests of several tiers and the benches share: shops, databases, providers, processes, worlds.

A tier imports from `tests` its own folder and this one, a bench this one alone; nobody imports a module of
tests or a conftest. `tests/domain/test_house.py` holds it.
"""
