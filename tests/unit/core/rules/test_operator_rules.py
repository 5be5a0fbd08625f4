"""What the operator's resources say that needs another reading (F38, F49, F65, F66)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.codes import Code
from capyctl.core.operator_inventory import read_operator_entries
from capyctl.core.rules.operator import operator_findings
from tests.plugins.installed_providers import operator_provider


def findings(requested: str | None, installed: str | None, *conditions: dict[str, str]) -> dict[Code, str]:
    """Details by code of one resource."""
    resource = operator_provider("infrastructure-hetzner", requested, installed, conditions=list(conditions))
    return {
        each.code: each.detail for each in operator_findings(read_operator_entries([ApiObject(resource)]))
    }


def failing(reason: str, message: str) -> dict[str, str]:
    """A condition that is False."""
    return {"type": "ProviderInstalled", "status": "False", "reason": reason, "message": message}


def test_without_resources_nothing_is_said() -> None:
    assert operator_findings(()) == ()


def test_whoever_is_managed_is_named() -> None:
    found = findings("v1.0.6", "v1.0.6")
    assert list(found) == [codes.MANAGED_BY_OPERATOR]
    assert "InfrastructureProvider hetzner v1.0.6" in found[codes.MANAGED_BY_OPERATOR]
    assert "of no stated version" in findings(None, None)[codes.MANAGED_BY_OPERATOR]


def test_requested_and_installed_that_differ_are_both_named() -> None:
    detail = findings("v1.10.4", "v1.10.5")[codes.OPERATOR_VERSION_DIFFERS]
    assert "Requested is v1.10.4" in detail
    assert "installed is v1.10.5" in detail
    assert codes.OPERATOR_VERSION_DIFFERS not in findings("v1.10.4", None)


@pytest.mark.parametrize(
    ("reason", "message", "code"),
    [
        (
            "CAPIVersionIncompatibility",
            "version v1.1.0-alpha.1 for the provider hetzner does not match any release series",
            codes.OPERATOR_METADATA_AT_FAULT,
        ),
        (
            "ComponentsFetchError",
            'failed to fetch: Get "https://api.github.com/": dial tcp: lookup api.github.com: no such host',
            codes.OPERATOR_SOURCE_UNREACHABLE,
        ),
        (
            "Unknown",
            "failed to fetch components: context deadline exceeded",
            codes.OPERATOR_SOURCE_UNREACHABLE,
        ),
        ("ComponentsFetchError", "release not found for version v9.9.9", codes.OPERATOR_REPORTS_FAILURE),
        ("CAPIVersionIncompatibility", "contract v1alpha4 is not supported", codes.OPERATOR_REPORTS_FAILURE),
        ("", "no reason at all.", codes.OPERATOR_REPORTS_FAILURE),
    ],
)
def test_a_condition_is_read_by_its_message(reason: str, message: str, code: Code) -> None:
    found = findings("v1.0.6", "v1.0.6", failing(reason, message))
    assert list(found) == [codes.MANAGED_BY_OPERATOR, code]
    assert "v1.0.6 is installed and runs on." in found[code]
    assert "Nothing is installed yet." in findings("v1.0.6", None, failing(reason, message))[code]
