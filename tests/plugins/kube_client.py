"""A small client of the API server, for tests to arrange a cluster with: it is not the client under test."""

from __future__ import annotations

import json
import ssl
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

Object = dict[str, Any]

# Only ends a hang.
_HANG_SECONDS = 120.0
_PAUSE_SECONDS = 0.05
_MANAGER = "capyctl-tests"


class KubeError(Exception):
    """The API server refused; ``status`` is the HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class KubeClient:
    """Requests with one user's token. Objects are named by their apiVersion, kind, namespace and name."""

    def __init__(self, url: str, ca_file: Path, token: str) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca_file)),
            headers={"Authorization": f"Bearer {token}"},
            timeout=_HANG_SECONDS,
            trust_env=False,
        )
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def raw(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Object | bytes | None = None,
        media_type: str = "application/json",
    ) -> httpx.Response:
        """One request as it is, its answer whatever it is."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": media_type} if content is not None else {}
        return self._http.request(method, path, params=params, content=content, headers=headers)

    def get(self, path: str) -> Object:
        """The JSON object at a path.

        Raises:
            KubeError: the answer is no success.
        """
        return _object(self.raw("GET", path))

    def read(self, wanted: Object) -> Object | None:
        """The object as the server has it, or None."""
        try:
            return self.get(self.path(wanted))
        except KubeError as error:
            if error.status == 404:
                return None
            raise

    def apply(self, *wanted: Object) -> list[Object]:
        """Create or change objects (server-side, by force), in order. A ``status`` in them is set as well."""
        return [self._apply(each) for each in wanted]

    def apply_yaml(self, text: str) -> list[Object]:
        """Apply every document of a YAML text."""
        return self.apply(*(each for each in yaml.safe_load_all(text) if each))

    def apply_files(self, *paths: Path) -> list[Object]:
        """Apply every document of YAML files."""
        return [each for path in paths for each in self.apply_yaml(path.read_text(encoding="utf-8"))]

    def create(self, wanted: Object) -> Object:
        """Create an object; an object that is there is an error (409)."""
        return _object(self.raw("POST", self._collection(wanted), body=wanted))

    def set_status(self, wanted: Object, status: Mapping[str, Any]) -> Object:
        """Merge fields into the status of an object that is there."""
        return self._patch(self.path(wanted) + "/status", {"status": dict(status)})

    def patch(self, wanted: Object, change: Mapping[str, Any]) -> Object:
        """Merge fields into an object that is there; a field set to None goes."""
        return self._patch(self.path(wanted), change)

    def delete(self, wanted: Object) -> None:
        """Ask for an object's deletion; one that is not there is no error."""
        answer = self.raw("DELETE", self.path(wanted))
        if answer.status_code != 404:
            _object(answer)

    def namespace(self, name: str) -> None:
        """Make a namespace."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def new_namespace(self) -> str:
        """Make a namespace of a name that nobody else has."""
        name = f"test-{uuid.uuid4().hex[:8]}"
        self.namespace(name)
        return name

    def establish(self, *definitions: Object) -> None:
        """Apply custom resource definitions and wait until they are served."""
        applied = self.apply(*definitions)
        for each in applied:
            self.wait_until(partial(self._served, each), f"{each['metadata']['name']} to be served")

    def wait_until(self, met: Callable[[], object], what: str) -> None:
        """Poll until ``met`` answers something true.

        Raises:
            TimeoutError: after two minutes, which only end a hang.
        """
        deadline = time.monotonic() + _HANG_SECONDS
        while not met():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {_HANG_SECONDS:.0f} s for {what}")
            time.sleep(_PAUSE_SECONDS)

    def path(self, wanted: Object) -> str:
        """Where an object lives.

        Raises:
            KubeError: the server does not serve its kind.
        """
        return f"{self._collection(wanted)}/{wanted['metadata']['name']}"

    def _collection(self, wanted: Object) -> str:
        version, kind = wanted["apiVersion"], wanted["kind"]
        if (version, kind) not in self._resources:
            self._discover(version)
        if (version, kind) not in self._resources:
            raise KubeError(404, f"{kind} of {version} is not served")
        plural, namespaced = self._resources[version, kind]
        where = wanted.get("metadata", {}).get("namespace", "default")
        return f"{_root(version)}{f'/namespaces/{where}' if namespaced else ''}/{plural}"

    def _discover(self, version: str) -> None:
        for each in self.get(_root(version))["resources"]:
            if "/" not in each["name"]:
                self._resources[version, each["kind"]] = (each["name"], each["namespaced"])

    def _apply(self, wanted: Object) -> Object:
        body = {name: value for name, value in wanted.items() if name != "status"}
        applied = self._server_side(self.path(wanted), body)
        return self.set_status(wanted, wanted["status"]) if wanted.get("status") else applied

    def _server_side(self, path: str, body: Object) -> Object:
        # JSON is YAML, and the server takes an apply under YAML's name alone.
        params = {"fieldManager": _MANAGER, "force": "true"}
        media_type = "application/apply-patch+yaml"
        return _object(self.raw("PATCH", path, params=params, body=body, media_type=media_type))

    def _patch(self, path: str, change: Mapping[str, Any]) -> Object:
        return _object(self.raw("PATCH", path, body=dict(change), media_type="application/merge-patch+json"))

    def _served(self, definition: Object) -> bool:
        spec = definition["spec"]
        versions = [each["name"] for each in spec["versions"] if each["served"]]
        return all(self._lists(f"/apis/{spec['group']}/{each}", spec["names"]["plural"]) for each in versions)

    def _lists(self, root: str, plural: str) -> bool:
        return self.raw("GET", f"{root}/{plural}", params={"limit": "1"}).status_code == 200


def condition(
    found: Object | None, kind: str, conditions: Iterable[str] = ("status", "conditions")
) -> Object:
    """The condition of that type in an object, or {}; ``conditions`` is the path to the list."""
    value: Any = found or {}
    for name in conditions:
        value = value.get(name) or {}
    return next((each for each in value if each["type"] == kind), {})


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _object(answer: httpx.Response) -> Object:
    if not answer.is_success:
        raise KubeError(answer.status_code, answer.text[:2000])
    found: Object = answer.json()
    return found
