"""Profiles of the property tests: how many examples they try; no example is failed for the time it took."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("hypothesis") is not None:  # The tests of the wheel do without it.
    from hypothesis import HealthCheck, settings

    settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("thorough", settings.get_profile("any-machine"), max_examples=5_000)
    settings.load_profile("any-machine")
