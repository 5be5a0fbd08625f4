"""The entry to paste where no provider of that name is known: as much of it as is known (F02)."""

from __future__ import annotations

import pytest

from capyctl.core.identity import ProviderReference, ProviderType
from capyctl.core.invocation import Invocation
from capyctl.core.provider_lookup import Lookup
from capyctl.core.rules.reference import lookup_diagnostics

_INFRASTRUCTURE = ProviderType.INFRASTRUCTURE
_URL = "https://github.com/o/n/releases/latest/c.yaml"
_LOCKED = {"infrastructure-acme": _URL, "mine": _URL, "addon-odd": "/srv/a, b/addon-odd/v1/c.yaml"}


@pytest.mark.parametrize(
    ("name", "kind", "addresses", "entry"),
    [
        ("acme", None, {}, "{name: acme, type: TYPE, url: ADDRESS}"),
        ("acme", _INFRASTRUCTURE, {}, "{name: acme, type: InfrastructureProvider, url: ADDRESS}"),
        ("infrastructure-acme", None, {}, "{name: acme, type: InfrastructureProvider, url: ADDRESS}"),
        (
            "infrastructure-acme",
            _INFRASTRUCTURE,
            {},
            "{name: acme, type: InfrastructureProvider, url: ADDRESS}",
        ),
        (
            "addon-acme",
            _INFRASTRUCTURE,
            {},
            "{name: addon-acme, type: InfrastructureProvider, url: ADDRESS}",
        ),
        (
            "infrastructure-acme",
            None,
            _LOCKED,
            f"{{name: acme, type: InfrastructureProvider, url: {_URL}}}",
        ),
        ("acme", _INFRASTRUCTURE, _LOCKED, f"{{name: acme, type: InfrastructureProvider, url: {_URL}}}"),
        ("mine", None, _LOCKED, f"{{name: mine, type: CoreProvider, url: {_URL}}}"),
        (
            "addon-odd",
            None,
            _LOCKED,
            '{name: odd, type: AddonProvider, url: "/srv/a, b/addon-odd/v1/c.yaml"}',
        ),
    ],
)
def test_the_entry_has_what_a_flag_a_label_or_a_lock_says(
    name: str, kind: ProviderType | None, addresses: dict[str, str], entry: str
) -> None:
    lookup = Lookup(reference=ProviderReference(text=name, name=name, type=kind))
    (found,) = lookup_diagnostics(lookup, (), Invocation(words=("resolve", name)), addresses=addresses)
    assert found.fixes[-1].title == f"add it to the configuration: providers: [{entry}]"
