"""Variables that keep their defaults and look like credentials (F16)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.rules.credentials import credentials_defaulted, looks_like_a_credential
from capyctl.core.template_variable import Variable


def _variable(name: str, *, required: bool = False) -> Variable:
    return Variable(name=name, required=required, default=None if required else "x", line=1, column=1)


@pytest.mark.parametrize(
    "name",
    [
        "OCI_CREDENTIALS_KEY",
        "OCI_REGION",
        "OCI_CREDENTIALS_FINGERPRINT",
        "AWS_B64ENCODED_CREDENTIALS",
        "HCLOUD_TOKEN",
    ],
)
def test_names_of_real_providers_look_like_credentials(name: str) -> None:
    assert looks_like_a_credential(name)


@pytest.mark.parametrize("name", ["EXP_MACHINE_POOL", "CAPA_LOGLEVEL", "KEYS_PER_NODE", "AUTOSCALE"])
def test_other_names_do_not(name: str) -> None:
    assert not looks_like_a_credential(name)


def test_those_that_keep_their_defaults_are_named() -> None:
    variables = (_variable("OCI_REGION"), _variable("LOG_LEVEL"), _variable("OCI_TOKEN", required=True))
    (found,) = credentials_defaulted([("infrastructure-oci", variables)], lambda _: None)
    assert "2 variables keep their defaults; these look like credentials: OCI_REGION." in found.detail
    assert found.code is codes.CREDENTIALS_DEFAULTED
    (one,) = credentials_defaulted([("infrastructure-oci", variables[:1])], lambda _: None)
    assert one.detail.startswith("1 variable keeps its default")
    assert not list(
        credentials_defaulted(
            [("infrastructure-oci", variables)], lambda name: "x" if name == "OCI_REGION" else None
        )
    )
