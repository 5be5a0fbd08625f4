"""What ``init`` does about a provider in the light of what is installed (clusterctl-cluster 1.2 step 5, 1.4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Severity
from capyctl.core.identity import split_manifest_label
from capyctl.core.install_actions import InstallAction, decide_installation, installation_findings
from capyctl.core.inventory import Inventory, read_inventory_entries
from capyctl.core.invocation import Invocation
from capyctl.core.resolved import Resolved, ResolvedRepository
from tests.plugins.installed_providers import provider_entry

_INVOCATION = Invocation(words=("init", "--dry-run", "-i", "aws"))


def resolved(
    label: str,
    version: str | None,
    namespace: str | None = None,
    *,
    contract: str | None = "v1beta2",
    requested: str | None = None,
) -> Resolved:
    """A provider as it was resolved."""
    return Resolved(
        key=split_manifest_label(label),
        requested=requested,
        version=version,
        series=None,
        contract=contract,
        repository=ResolvedRepository(url="", kind="github", name="a/b"),
        files={},
        target_namespace=namespace,
    )


def cluster(*entries: tuple[str, str, str]) -> Inventory:
    """An inventory of label, version, namespace."""
    return read_inventory_entries(ApiObject(provider_entry(*each)) for each in entries)


_CORE = ("cluster-api", "v1.13.2", "capi-system")
_AWS = ("infrastructure-aws", "v2.9.3", "capa-system")


@pytest.mark.parametrize(
    ("wanted", "action", "code"),
    [
        (resolved("infrastructure-azure", "v1.0.0", "capz-system"), InstallAction.INSTALL, None),
        (resolved("infrastructure-aws", None, None), InstallAction.INSTALL, None),
        (resolved("infrastructure-aws", "v2.9.3", "capa-system"), InstallAction.KEEP, None),
        (resolved("infrastructure-aws", "v2.9.3", None), InstallAction.KEEP, None),
        (
            resolved("infrastructure-aws", "v2.11.1", "capa-system"),
            InstallAction.UPGRADE,
            codes.INSTALLED_IN_ANOTHER_VERSION,
        ),
        (
            resolved("infrastructure-aws", "v2.9.3", "elsewhere"),
            InstallAction.REFUSE,
            codes.INSTALLED_IN_ANOTHER_NAMESPACE,
        ),
        (
            resolved("infrastructure-aws", "v2.11.1", "elsewhere"),
            InstallAction.REFUSE,
            codes.INSTALLED_IN_ANOTHER_NAMESPACE,
        ),
    ],
)
def test_the_action_follows_from_version_and_namespace(
    wanted: Resolved, action: InstallAction, code: Code | None
) -> None:
    (decision,) = decide_installation([wanted], cluster(_CORE, _AWS), _INVOCATION)
    assert decision.action is action
    assert (decision.diagnostic.code if decision.diagnostic else None) is code


def test_the_words_tell_a_version_that_was_asked_for_from_the_newest() -> None:
    asked = resolved("infrastructure-aws", "v2.11.1", requested="v2.11.1")
    newest = resolved("infrastructure-aws", "v2.11.1")
    details = [
        decision.diagnostic.detail
        for decision in decide_installation([asked, newest], cluster(_CORE, _AWS), _INVOCATION)
        if decision.diagnostic is not None
    ]
    assert "v2.11.1 was asked for" in details[0]
    assert "v2.11.1 is the newest" in details[1]


def found_codes(*wanted: Resolved, there: Inventory) -> Iterator[tuple[Code, Severity]]:
    """What is said about a plan."""
    decisions = decide_installation(wanted, there, _INVOCATION)
    return ((each.code, each.severity) for each in installation_findings(decisions, there))


def test_there_must_be_exactly_one_core_afterwards() -> None:
    one = resolved("cluster-api", "v1.14.0", "capi-system")
    assert list(found_codes(one, there=cluster())) == []
    assert list(found_codes(resolved("infrastructure-azure", "v1.0.0"), there=cluster(_CORE))) == []
    two = cluster(_CORE, ("cluster-api", "v1.12.0", "default"))
    assert list(found_codes(there=two)) == [(codes.CORE_PROVIDER_COUNT, Severity.ERROR)]
    assert list(found_codes(there=cluster())) == [(codes.CORE_PROVIDER_COUNT, Severity.ERROR)]


def test_a_new_core_of_an_older_contract_is_a_warning() -> None:
    older = resolved("cluster-api", "v1.10.10", "capi-system", contract="v1beta1")
    assert list(found_codes(older, there=cluster())) == [(codes.CORE_CONTRACT_OLDER, Severity.WARNING)]
    kept = resolved("cluster-api", "v1.13.2", "capi-system", contract="v1beta1")
    assert list(found_codes(kept, there=cluster(_CORE))) == []


def test_each_providers_own_finding_is_among_them() -> None:
    other = resolved("infrastructure-aws", "v2.11.1", "capa-system")
    assert list(found_codes(other, there=cluster(_CORE, _AWS))) == [
        (codes.INSTALLED_IN_ANOTHER_VERSION, Severity.ERROR)
    ]
