"""Image references and overrides: the reference's table, and the reasons of the library in clusterctl."""

import pytest

from capyctl.core.images import Image, ImageOverride, ImageReferenceError, override_image, parse_image

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "repository", "name", "tag", "digest"),
    [
        (
            "registry.k8s.io/cluster-api/cluster-api-controller:v1.8.0",
            "registry.k8s.io/cluster-api",
            "cluster-api-controller",
            "v1.8.0",
            "",
        ),
        ("gcr.io/img", "gcr.io", "img", "", ""),
        ("localhost:5000/a/b/c:t", "localhost:5000/a/b", "c", "t", ""),
        ("localhost/a", "localhost", "a", "", ""),
        (f"quay.io/a/b@{DIGEST}", "quay.io/a", "b", "", DIGEST),
        (f"quay.io/a/b:v1@{DIGEST}", "quay.io/a", "b", "v1", DIGEST),
        ("docker.io/library/nginx:1", "docker.io/library", "nginx", "1", ""),
        ("[::1]:5000/a:t", "[::1]:5000", "a", "t", ""),
        ("Example/a", "Example", "a", "", ""),
    ],
)
def test_a_full_reference_is_taken_apart_and_printed_back(
    text: str, repository: str, name: str, tag: str, digest: str
) -> None:
    image = parse_image(text)
    assert image == Image(repository=repository, name=name, tag=tag, digest=digest)
    assert str(image) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("controller:latest", "repository name must be canonical"),
        ("org/img:v1", "repository name must be canonical"),
        ("docker.io/nginx:1", "repository name must be canonical"),
        ("index.docker.io/library/nginx", "repository name must be canonical"),
        ("${IMG}", "invalid reference format: repository name (library/${IMG}) must be lowercase"),
        ("${img}", "invalid reference format"),
        ("", "invalid reference format"),
        ("gcr.io/a b", "invalid reference format"),
        ("gcr.io/A/b", "invalid reference format: repository name (A/b) must be lowercase"),
        ("gcr.io/a:", "invalid reference format"),
        ("gcr.io/a:t\n", "invalid reference format"),
        ("gcr.io/a@sha256:00", "invalid reference format"),
        ("gcr.io/a@sha256:" + "0" * 40, "invalid checksum digest length"),
        ("gcr.io/a@sha256:" + "A" * 64, "invalid checksum digest format"),
        ("gcr.io/a@md5:" + "0" * 32, "unsupported digest algorithm"),
        ("gcr.io/" + "a" * 256, "repository name must not be more than 255 characters"),
        ("0" * 64, f"invalid repository name ({'0' * 64}), cannot specify 64-byte hexadecimal strings"),
    ],
)
def test_a_refused_reference_has_the_library_s_reason(text: str, reason: str) -> None:
    with pytest.raises(ImageReferenceError) as caught:
        parse_image(text)
    assert caught.value.reason == reason
    assert caught.value.image == text


INJECTOR = "quay.io/jetstack/cert-manager-cainjector:v1.1.0"
CORE = "registry.k8s.io/cluster-api/cluster-api-controller:v1.8.0"


@pytest.mark.parametrize(
    ("image", "component", "overrides", "expected", "keys"),
    [
        (
            INJECTOR,
            "cert-manager",
            {"all": ImageOverride(repository="foo.io"), "cert-manager": ImageOverride(tag="t2")},
            "foo.io/cert-manager-cainjector:t2",
            ("all", "cert-manager"),
        ),
        (
            INJECTOR,
            "cert-manager",
            {
                "cert-manager/cert-manager-cainjector": ImageOverride(repository="a.io"),
                "cert-manager": ImageOverride(repository="b.io", tag="t"),
            },
            "a.io/cert-manager-cainjector:t",
            ("cert-manager", "cert-manager/cert-manager-cainjector"),
        ),
        (
            CORE,
            "cluster-api",
            {"cluster-api": ImageOverride(repository="m.io/x", name="mirrored", tag="v1.10.6")},
            "m.io/x/mirrored:v1.10.6",
            ("cluster-api",),
        ),
        (
            CORE,
            "cluster-api",
            {"all": ImageOverride(repository="m.io/x/")},
            "m.io/x/cluster-api-controller:v1.8.0",
            ("all",),
        ),
        (CORE, "cluster-api", {"infrastructure-aws": ImageOverride(tag="t")}, CORE, ()),
        (
            f"a.io/b:v1@{DIGEST}",
            "cluster-api",
            {"all": ImageOverride(tag="v2")},
            f"a.io/b:v2@{DIGEST}",
            ("all",),
        ),
    ],
)
def test_overrides_merge_from_the_general_to_the_special(
    image: str, component: str, overrides: dict[str, ImageOverride], expected: str, keys: tuple[str, ...]
) -> None:
    result = override_image(image, component, overrides)
    assert (result.image, result.keys) == (expected, keys)


def test_a_reference_is_checked_even_where_nothing_overrides() -> None:
    with pytest.raises(ImageReferenceError):
        override_image("controller:latest", "cluster-api", {})
