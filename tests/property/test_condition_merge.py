"""Merging conditions is total and does not hang on the order of its input (clusterctl-cluster 9.3)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.api_object import ApiObject
from capyctl.core.cluster_conditions import ClusterSources, judge_conditions
from capyctl.core.cluster_node import to_cluster_node
from capyctl.core.condition_merge import Aggregation, Derived, Reasons, Source, aggregate
from capyctl.core.conditions import Condition
from capyctl.core.mirrored_conditions import Referent
from capyctl.core.object_tree import ClusterPicture, TreeOptions, arrange, with_referents
from capyctl.core.tree_lookup import Lookup
from capyctl.core.tree_rows import counters, row_condition

_RULE = Aggregation(
    source_type="Ready", reasons=Reasons("No", "Unsure", "Yes"), nothing=Derived("True", "Nothing")
)
_names = st.text(alphabet="abcdef", min_size=1, max_size=3)
_conditions = st.builds(
    Condition,
    st.just("Ready"),
    st.sampled_from(["True", "False", "Unknown", "Odd"]),
    st.just("Why"),
    st.sampled_from(["", "one", "two", "three", "* four", "five\nsix"]),
    st.sampled_from(["", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
)
_sources = st.lists(
    st.builds(Source, st.sampled_from(["Machine", "MachineSet"]), _names, _conditions, st.booleans()),
    unique_by=lambda each: (each.kind, each.name),
)
_KEYS = (
    *("metadata", "name", "namespace", "labels", "ownerReferences", "controller", "kind"),
    *("spec", "replicas", "template", "infrastructureRef", "bootstrap", "configRef", "topology"),
    *("status", "v1beta2", "conditions", "type", "reason", "message"),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_KEYS) | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(_sources, st.randoms())
def test_the_order_of_the_sources_counts_for_nothing(sources: list[Source], random: Any) -> None:  # noqa: ANN401
    mixed = list(sources)
    random.shuffle(mixed)
    assert aggregate(mixed, _RULE) == aggregate(sources, _RULE)


@given(_sources)
def test_the_status_follows_from_the_heaviest_source(sources: list[Source]) -> None:
    found = aggregate(sources, _RULE)
    statuses = {each.condition.status for each in sources}
    expected = "False" if "False" in statuses else "Unknown" if statuses & {"Unknown", "Odd"} else "True"
    assert found.status == expected
    assert sum(line.startswith("* ") for line in found.message.split("\n")) <= 3


@given(_json, _json, _json)
def test_any_json_is_judged_and_described(first: object, second: object, third: object) -> None:
    """Nothing raises on any shape of object."""
    made = [
        ApiObject(each if isinstance(each, dict) else {"status": each}) for each in (first, second, third)
    ]
    plane = Referent(kind="K", item=made[1], contract="v1beta2")
    sources = ClusterSources(
        cluster=made[0],
        infrastructure=plane,
        control_plane=plane,
        machines=made,
        machine_deployments=made,
        machine_sets=made,
        now="2026-01-01T00:00:00Z",
    )
    judged = judge_conditions(sources)
    picture = ClusterPicture(
        cluster=made[0],
        infrastructure=Lookup(item=made[1]),
        control_plane=Lookup(item=made[2]),
        machines=made,
        machine_sets=made,
        machine_deployments=made,
        machine_pools=made,
    )
    for grouping in (True, False):
        options = TreeOptions(grouping=grouping, echo=grouping, machine_sets=grouping, templates=True)
        tree = with_referents(arrange(picture, options), lambda _: Lookup(item=made[0]), options)
        assert to_cluster_node(tree, judged).kind == made[0].kind
        assert counters(tree) is not None
        row_condition(tree)
