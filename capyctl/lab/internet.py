"""Which host answers what: the world's hosts, each with the application behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from capyctl.lab.assets import answer_objects, objects_host
from capyctl.lab.content import ContentShelf
from capyctl.lab.exchange import Question, Reply
from capyctl.lab.file_tree import answer_file_tree
from capyctl.lab.github_rest import RestDesk, answer_rest
from capyctl.lab.github_web import answer_web
from capyctl.lab.gitlab import answer_gitlab
from capyctl.lab.image_registry import RegistryDesk, answer_blobs, answer_registry, answer_tokens
from capyctl.lab.module_proxy import answer_module_proxy
from capyctl.lab.quota import QuotaLedger
from capyctl.lab.release_markers import HOST as MARKERS
from capyctl.lab.release_markers import MarkerDesk, answer_markers
from capyctl.lab.world import GITHUB, World

Application = Callable[[Question], Reply]


def applications(world: World) -> Mapping[str, Application]:
    """Every host that exists in the world, by name."""
    quotas, shelf = QuotaLedger(world.quota), ContentShelf()
    hosts: dict[str, Application] = {}
    for forge in world.forges:
        rest = partial(answer_rest, world, RestDesk(forge=forge, quotas=quotas, shelf=shelf))
        web = partial(answer_web, world, forge)
        hosts[objects_host(forge)] = partial(answer_objects, world, shelf, forge)
        hosts[forge] = web if forge == GITHUB else partial(_enterprise, rest, web)
        if forge == GITHUB:
            hosts["api.github.com"] = rest
    for project in world.projects:
        hosts[project.host] = partial(answer_gitlab, world, project.host)
    for tree in world.trees:
        hosts[tree.host] = partial(answer_file_tree, world, tree)
    if world.markers:
        hosts[MARKERS] = partial(answer_markers, world, MarkerDesk())
    for registry in world.registries:
        desk = RegistryDesk(registry=registry)
        hosts[registry.host] = partial(answer_registry, desk)
        hosts[registry.tokens] = partial(answer_tokens, registry)
        hosts[registry.blobs] = partial(answer_blobs, desk)
    for proxy in world.proxies:
        hosts[proxy.host] = partial(answer_module_proxy, world, proxy)
    return hosts


def _enterprise(rest: Application, web: Application, question: Question) -> Reply:
    return rest(question) if question.segments[:2] == ("api", "v3") else web(question)
