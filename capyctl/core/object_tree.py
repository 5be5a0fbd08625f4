"""A Cluster and everything that belongs to it as a tree (clusterctl-cluster 7.5; weakness 26 of section 10 mended).

Built in two steps: ``arrange`` places what was listed and says which other objects are worth reading,
``with_referents`` adds those. Owners without Machines and Machines without owners are shown too, and what could not
be read is a node that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, ObjectReference, group_of, items_at, text_at, value_at
from capyctl.core.cluster_conditions import CONTROL_PLANE_LABEL
from capyctl.core.condition_merge import plural_of
from capyctl.core.conditions import CORE_GROUP, READY, Condition, condition_of, condition_states
from capyctl.core.object_references import (
    control_plane_reference,
    control_plane_template,
    infrastructure_reference,
    machine_references,
    template_references,
)
from capyctl.core.tree_lookup import Lookup
from capyctl.core.tree_node import GROUPED_BY, Role, TreeNode, in_order

Likenesses = Mapping[int, tuple[tuple[str, str] | None, ...]]


class TreeOptions(Struct, frozen=True, kw_only=True):
    """Which parts of a tree are wanted (clusterctl-cluster 7.4)."""

    grouping: bool = True
    echo: bool = False
    machine_sets: bool = False
    resource_sets: bool = False
    templates: bool = False


class ClusterPicture(Struct, frozen=True, kw_only=True):
    """What was listed of a Cluster.

    Attributes:
        infrastructure, control_plane: what the Cluster's references lead to; None where it names none.
        unread: of collections that could not be read, the kind and the reason.
        resource_sets: names of the ClusterResourceSets bound to it.
        likenesses: of the Machines, where they have been looked at before.
    """

    cluster: ApiObject
    infrastructure: Lookup | None = None
    control_plane: Lookup | None = None
    machines: Sequence[ApiObject] = ()
    machine_sets: Sequence[ApiObject] = ()
    machine_deployments: Sequence[ApiObject] = ()
    machine_pools: Sequence[ApiObject] = ()
    unread: Mapping[str, str] | None = None
    resource_sets: Sequence[str] = ()
    likenesses: Likenesses | None = None


_MACHINE_SET: Final = "MachineSet"
_MACHINE_DEPLOYMENT: Final = "MachineDeployment"
_MACHINE_POOL: Final = "MachinePool"


def arrange(picture: ClusterPicture, options: TreeOptions) -> TreeNode:
    """The tree of what was listed; nodes say in ``wanted`` what else belongs below them."""
    return _Arranging(picture, options).root()


def with_referents(
    node: TreeNode, lookup: Callable[[ObjectReference], Lookup], options: TreeOptions
) -> TreeNode:
    """The same tree with the referenced objects, unless they only echo their parent; nothing is left wanted."""
    found = [_referent(reference, lookup(reference)) for reference in node.wanted]
    shown = [each for each in found if options.echo or not _is_echo(each, node)]
    below = [with_referents(each, lookup, options) for each in node.children]
    if not found and all(new is old for new, old in zip(below, node.children, strict=True)):
        return node
    return replace(node, wanted=(), children=in_order([*below, *shown]))


def wanted_references(node: TreeNode) -> Iterator[ObjectReference]:
    """Every reference of the tree that is still to be looked up."""
    yield from node.wanted
    for child in node.children:
        yield from wanted_references(child)


class _Arranging:
    """Places every listed object once, owners before what they own."""

    def __init__(self, picture: ClusterPicture, options: TreeOptions) -> None:
        self._picture = picture
        self._options = options
        self._namespace = picture.cluster.namespace
        self._machines_of = _by_controller(picture.machines)
        self._sets_of = _by_controller(picture.machine_sets)
        self._likenesses = picture.likenesses or likenesses(picture.machines)
        self._placed: set[int] = set()

    def root(self) -> TreeNode:
        cluster = self._picture.cluster
        children = [*self._infrastructure(), *self._resource_sets(), *self._control_plane(), *self._unread()]
        workers = self._workers()
        if workers:
            children.append(self._virtual("Workers", workers))
        return self._node(Role.CLUSTER, cluster, children)

    def _infrastructure(self) -> Iterator[TreeNode]:
        found, reference = self._picture.infrastructure, infrastructure_reference(self._picture.cluster)
        if found is not None and reference is not None:
            yield _referent(reference, found)

    def _resource_sets(self) -> Iterator[TreeNode]:
        if self._options.resource_sets and self._picture.resource_sets:
            names = self._picture.resource_sets
            below = [
                self._reference_only(ObjectReference(group="", kind="ClusterResourceSet", name=name))
                for name in names
            ]
            yield self._virtual("ClusterResourceSets", below)

    def _control_plane(self) -> Iterator[TreeNode]:
        found, reference = self._picture.control_plane, control_plane_reference(self._picture.cluster)
        if found is None or reference is None:
            return
        node = replace(_referent(reference, found), role=Role.CONTROL_PLANE)
        if found.item is not None:
            template = control_plane_template(found.item)
            below = [*self._templates([template] if template else [])]
            own = [each for each in self._picture.machines if each.has_label(CONTROL_PLANE_LABEL)]
            below += self._machines(own, grouped=True)
            node = replace(node, children=in_order(below))
        yield node

    def _unread(self) -> Iterator[TreeNode]:
        for kind, reason in (self._picture.unread or {}).items():
            yield TreeNode(role=Role.OTHER, kind=kind, name="*", namespace=self._namespace, trouble=reason)

    def _workers(self) -> list[TreeNode]:
        found = [self._machine_deployment(each) for each in self._picture.machine_deployments]
        found += [self._machine_pool(each) for each in self._picture.machine_pools]
        other = [*self._standalone_sets()]
        other += self._machines(self._picture.machines, grouped=False)
        return [*found, self._virtual("Other", other)] if other else found

    def _machine_deployment(self, owner: ApiObject) -> TreeNode:
        below = [*self._templates(reversed(template_references(owner)))]
        sets = self._sets_of.get((_MACHINE_DEPLOYMENT, owner.name), ())
        if self._options.machine_sets:
            below += [self._machine_set(each) for each in sets]
        else:
            owned = [machine for each in sets for machine in self._machines_of_set(each)]
            below += self._machines(owned, grouped=True)
        return self._node(Role.MACHINE_DEPLOYMENT, owner, below)

    def _machine_set(self, owner: ApiObject) -> TreeNode:
        owned = self._machines(self._machines_of_set(owner), grouped=True)
        return self._node(Role.MACHINE_SET, owner, owned)

    def _machines_of_set(self, owner: ApiObject) -> Sequence[ApiObject]:
        return self._machines_of.get((_MACHINE_SET, owner.name), ())

    def _machine_pool(self, owner: ApiObject) -> TreeNode:
        owned = self._machines_of.get((_MACHINE_POOL, owner.name), ())
        node = self._node(Role.MACHINE_POOL, owner, self._machines(owned, grouped=True))
        return replace(node, wanted=template_references(owner))

    def _standalone_sets(self) -> Iterator[TreeNode]:
        """MachineSets that no listed MachineDeployment controls."""
        listed = {each.name for each in self._picture.machine_deployments}
        for each in self._picture.machine_sets:
            owner = _controller(each)
            if owner is None or owner[0] != _MACHINE_DEPLOYMENT or owner[1] not in listed:
                yield self._machine_set(each)

    def _machines(self, machines: Iterable[ApiObject], *, grouped: bool) -> list[TreeNode]:
        """Nodes of Machines not placed before; those alike are one group under a grouping parent."""
        alike: dict[object, list[ApiObject]] = {}
        for each in machines:
            if id(each) not in self._placed:
                self._placed.add(id(each))
                key = self._likenesses[id(each)] if grouped and self._options.grouping else id(each)
                alike.setdefault(key, []).append(each)
        return [
            self._machine(members[0]) if len(members) == 1 else self._group(members)
            for members in alike.values()
        ]

    def _machine(self, machine: ApiObject) -> TreeNode:
        return replace(self._node(Role.MACHINE, machine, ()), wanted=machine_references(machine))

    def _group(self, members: Sequence[ApiObject]) -> TreeNode:
        kind = members[0].kind
        return TreeNode(
            role=Role.GROUP,
            kind=kind,
            name=f"{len(members)} {plural_of(kind)}...",
            namespace=self._namespace,
            members=tuple(sorted(members, key=lambda each: each.name)),
        )

    def _templates(self, references: Iterable[ObjectReference]) -> Iterator[TreeNode]:
        below = [self._reference_only(each) for each in references]
        if self._options.templates and below:
            yield replace(self._virtual("Templates", below), goes_first=True)

    def _reference_only(self, reference: ObjectReference) -> TreeNode:
        return TreeNode(
            role=Role.OTHER,
            kind=reference.kind,
            name=reference.name,
            namespace=reference.namespace or self._namespace,
        )

    def _virtual(self, name: str, children: Sequence[TreeNode]) -> TreeNode:
        return TreeNode(
            role=Role.VIRTUAL,
            kind="Virtual",
            name=name,
            namespace=self._namespace,
            children=in_order(children),
        )

    def _node(self, role: Role, item: ApiObject, children: Sequence[TreeNode]) -> TreeNode:
        return TreeNode(
            role=role,
            kind=item.kind,
            name=item.name,
            namespace=item.namespace,
            item=item,
            children=in_order(children),
        )


def _referent(reference: ObjectReference, found: Lookup) -> TreeNode:
    return TreeNode(
        role=Role.OTHER,
        kind=reference.kind,
        name=reference.name,
        namespace=reference.namespace,
        item=found.item,
        trouble=found.trouble,
        absent=found.absent,
        contract=found.contract,
    )


def _is_echo(child: TreeNode, parent: TreeNode) -> bool:
    """Whether a child says nothing that its parent's Ready does not say; two that say nothing are the same."""
    if child.item is None:
        return False
    own = condition_of(child.item, READY)
    if own is not None and own.status == "True":
        return True
    above = None if parent.item is None else condition_of(parent.item, READY)
    return _state(own) == _state(above)


def _state(condition: Condition | None) -> tuple[str, str] | None:
    return None if condition is None else (condition.status, condition.reason)


def likenesses(machines: Iterable[ApiObject]) -> Likenesses:
    """In what Machines have to agree to be one group, by identity."""
    return {id(each): condition_states(each, GROUPED_BY) for each in machines}


def _controller(item: ApiObject) -> tuple[str, str] | None:
    """Kind and name of the object of Cluster API that controls this one."""
    for owner in items_at(item.raw, "metadata", "ownerReferences"):
        if value_at(owner, "controller") is True:
            kind, name = text_at(owner, "kind"), text_at(owner, "name")
            own = group_of(text_at(owner, "apiVersion")) == CORE_GROUP
            return (kind, name) if own and kind and name else None
    return None


def _by_controller(items: Iterable[ApiObject]) -> dict[tuple[str, str], list[ApiObject]]:
    found: dict[tuple[str, str], list[ApiObject]] = {}
    for each in items:
        owner = _controller(each)
        if owner is not None:
            found.setdefault(owner, []).append(each)
    return found
