"""Settings: precedence, tokens, GOPROXY, sections, ignored variables (cli.md 2, clusterctl-resolution 2)."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from capyctl.config.environment import Environment
from capyctl.config.paths import Platform
from capyctl.config.sections import CertManagerSettings, cert_manager_settings
from capyctl.config.settings import Settings, local_rules, read_settings
from capyctl.config.settings_view import setting_rows, shown_value
from capyctl.config.table import load_table
from capyctl.config.table_files import read_built_in_table
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.goproxy_list import ListEnd
from capyctl.core.identity import parse_reference
from capyctl.core.images import ImageOverride
from capyctl.core.local_path import LocalRules
from capyctl.core.location import GitHubReleases, HttpsTree
from capyctl.core.provider_table import CertManagerDefaults
from capyctl.core.setting import Setting

DEFAULTS = CertManagerDefaults(
    version="v1.21.1",
    url="https://github.com/cert-manager/cert-manager/releases/v1.21.1/cert-manager.yaml",
)


def never(address: str) -> bytes:
    raise AssertionError(address)


def read(tmp_path: Path, text: str | None = None, /, **variables: str) -> Settings:
    """Settings of a user with this environment and, if given, this configuration file."""
    config = None
    if text is not None:
        config = str(tmp_path / "clusterctl.yaml")
        Path(config).write_text(text, encoding="utf-8")
    environment = Environment(
        variables={"HOME": str(tmp_path / "home"), **variables},
        platform=Platform.LINUX,
        working_folder=str(tmp_path),
    )
    return read_settings(environment, config, never)


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.code.code for diagnostic in diagnostics]


def test_nothing_set_is_no_problem(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.problems == ()
    assert settings.tokens.github is None
    assert settings.goproxy.proxies.is_default
    assert settings.goproxy.notes == ()
    assert settings.images == {}
    assert settings.secrets == ()


@pytest.mark.parametrize(
    ("text", "variables", "value", "origin"),
    [
        (None, {"GITHUB_TOKEN": "env"}, "env", "GITHUB_TOKEN"),
        ("github-token: file", {"GITHUB_TOKEN": "env"}, "env", "GITHUB_TOKEN"),
        ("github-token: file", {}, "file", "{file}: github-token"),
        ("GITHUB_TOKEN: file", {}, "file", "{file}: GITHUB_TOKEN"),
        ("github-token: file", {"GH_TOKEN": "gh"}, "file", "{file}: github-token"),
        (None, {"GH_TOKEN": "gh"}, "gh", "GH_TOKEN"),
        (None, {"GITHUB_TOKEN": "env", "GH_TOKEN": "gh"}, "env", "GITHUB_TOKEN"),
        (None, {"GITHUB_TOKEN": "", "GH_TOKEN": "gh"}, "gh", "GH_TOKEN"),
        ("github-token: file", {"GITHUB_TOKEN": " "}, "file", "{file}: github-token"),
        ("github-token: ''", {}, None, None),
    ],
)
def test_w16_the_github_token(
    tmp_path: Path, text: str | None, variables: dict[str, str], value: str | None, origin: str | None
) -> None:
    token = read(tmp_path, text, **variables).tokens.github
    file = tmp_path / "clusterctl.yaml"
    assert (token.value if token else None) == value
    assert (token.origin if token else None) == (origin.format(file=file) if origin else None)


@pytest.mark.parametrize(
    ("text", "variables", "value"),
    [
        (None, {"GITLAB_ACCESS_TOKEN": "env"}, "env"),
        ("gitlab-access-token: file", {}, "file"),
        ("GITLAB_ACCESS_TOKEN: file", {}, "file"),
        ("gitlab-access-token: file", {"GITLAB_ACCESS_TOKEN": "env"}, "env"),
        (None, {"GITLAB_TOKEN": "other"}, None),
    ],
)
def test_the_gitlab_token(
    tmp_path: Path, text: str | None, variables: dict[str, str], value: str | None
) -> None:
    token = read(tmp_path, text, **variables).tokens.gitlab
    assert (token.value if token else None) == value


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN"),
        ({"GITLAB_ACCESS_TOKEN": " "}, "GITLAB_ACCESS_TOKEN"),
        ({"GITLAB_TOKEN": "x-secret"}, "GITLAB_TOKEN"),
        ({"GITHUB_PAT": "x-secret"}, "GITHUB_PAT"),
    ],
)
def test_f15_a_credential_that_is_not_used_is_named(
    tmp_path: Path, variables: dict[str, str], named: str
) -> None:
    problems = read(tmp_path, **variables).problems
    assert codes(problems) == ["CAPY0123"]
    assert named in problems[0].detail
    assert "x-secret" not in problems[0].detail
    assert problems[0].severity is Severity.NOTE


@pytest.mark.parametrize("name", ["PROVIDERS", "IMAGES", "CERT_MANAGER"])
@pytest.mark.parametrize("value", ["", "anything"])
def test_w27_variables_that_would_replace_a_section_are_ignored(
    tmp_path: Path, name: str, value: str
) -> None:
    text = "images: {all: {tag: t}}\nproviders: [{name: a, type: AddonProvider, url: /r/addon-a/latest/x.yaml}]\n"
    settings = read(tmp_path, text, **{name: value})
    assert codes(settings.problems) == ["CAPY0113"]
    assert settings.problems[0].severity is Severity.WARNING
    assert name in settings.problems[0].detail
    assert settings.images == {"all": ImageOverride(tag="t")}
    assert load_table(settings).table.find(parse_reference("addon-a")).entry is not None


def test_template_variables_by_clusterctl_s_precedence(tmp_path: Path) -> None:
    text = "REGION: file\nonly_file: f\nnumber: 010\nnothing: null\n"
    lookup = read(tmp_path, text, REGION="env", my_var="lower", OTHER="", ONLY_ENV="e").lookup
    found = {
        name: lookup.template_variable(name)
        for name in (
            "REGION",
            "region",
            "ONLY_FILE",
            "number",
            "nothing",
            "my_var",
            "OTHER",
            "only-env",
            "GONE",
        )
    }
    assert found == {
        "REGION": "env",
        "region": "env",
        "ONLY_FILE": "f",
        "number": "8",
        "nothing": None,
        "my_var": "lower",
        "OTHER": "",
        "only-env": "e",
        "GONE": None,
    }


def test_goproxy_from_the_environment_then_from_go_env(tmp_path: Path) -> None:
    folder = tmp_path / "home/.config/go"
    folder.mkdir(parents=True)
    (folder / "env").write_text("GOPROXY=https://corp.example/go,off\nGOPRIVATE=github.com/acme\n")
    from_file = read(tmp_path).goproxy
    assert [entry.base for entry in from_file.proxies.entries] == ["https://corp.example/go"]
    assert from_file.proxies.end is ListEnd.OFF
    assert from_file.goproxy is not None
    assert from_file.goproxy.origin == f"{folder / 'env'}: GOPROXY"
    assert from_file.is_private("github.com/acme/capx")
    assert not from_file.is_private("github.com/other/capx")
    from_variable = read(tmp_path, GOPROXY="direct", GONOPROXY="none").goproxy
    assert from_variable.proxies.entries == ()
    assert not from_variable.is_private("github.com/acme/capx")
    assert read(tmp_path, GOENV="off").goproxy.proxies.is_default


@pytest.mark.parametrize(
    ("variables", "expected", "strict"),
    [
        ({"GOPROXY": "off"}, ["CAPY0122"], False),
        ({"GOPROXY": "off", "CAPYCTL_GOPROXY_OFF": "strict"}, [], True),
        ({"CAPYCTL_GOPROXY_OFF": "strict"}, [], False),
        ({"GOPROXY": "direct"}, [], False),
        ({"GOPROXY": "https://a.example,off"}, [], False),
        ({"GOPROXY": "foo"}, ["CAPY0121"], False),
        ({"GOPROXY": "ftp://user:s3cret@x"}, ["CAPY0121"], False),
    ],
)
def test_notes_on_goproxy(
    tmp_path: Path, variables: dict[str, str], expected: list[str], *, strict: bool
) -> None:
    goproxy = read(tmp_path, **variables).goproxy
    assert codes(goproxy.notes) == expected
    assert goproxy.strict is strict
    assert all("s3cret" not in note.detail for note in goproxy.notes)


def test_the_note_on_off_names_the_strict_variable(tmp_path: Path) -> None:
    note = read(tmp_path, GOPROXY="off").goproxy.notes[0]
    assert note.severity is Severity.NOTE
    assert "CAPYCTL_GOPROXY_OFF" in note.detail


def test_an_unknown_strictness_is_an_error(tmp_path: Path) -> None:
    assert codes(read(tmp_path, CAPYCTL_GOPROXY_OFF="very").problems) == ["CAPY0124"]


def test_a_malformed_proxy_is_a_warning(tmp_path: Path) -> None:
    settings = read(tmp_path, HTTPS_PROXY="http://u:s3cret@h:port")
    assert codes(settings.problems) == ["CAPY0124"]
    assert "s3cret" not in settings.problems[0].detail
    assert settings.proxies.proxy_for("https://example.com/") is None


@pytest.mark.parametrize(
    ("text", "variables", "path", "expected"),
    [
        ("overridesFolder: /o", {}, "/o", []),
        ("overridesfolder: ${BASE}/o", {"BASE": "/b"}, "/b/o", []),
        ("overridesFolder: /o", {"OVERRIDESFOLDER": "/e"}, "/e", []),
        ("overridesFolder: o", {}, "{tmp}/o", []),
        ("overridesFolder: ${GONE}/o", {}, "{tmp}/home/.config/cluster-api/overrides", ["CAPY0112"]),
        ("overridesFolder: ${A-b}", {}, "{tmp}/home/.config/cluster-api/overrides", ["CAPY0124"]),
        ("overridesFolder: ''", {}, "{tmp}/home/.config/cluster-api/overrides", []),
    ],
)
def test_the_overrides_folder(
    tmp_path: Path, text: str, variables: dict[str, str], path: str, expected: list[str]
) -> None:
    settings = read(tmp_path, text, **variables)
    assert settings.overrides.path == path.format(tmp=tmp_path)
    assert codes(settings.problems) == expected


def test_an_unset_variable_is_named_and_shown_in_its_place(tmp_path: Path) -> None:
    problem = read(tmp_path, "a: 1\noverridesFolder: ${GONE}/o").problems[0]
    assert "GONE" in problem.detail
    assert [(span.line, span.column) for span in problem.spans] == [(2, 18)]


def test_image_overrides(tmp_path: Path) -> None:
    text = """
images:
  all: {repository: registry.corp.example/mirror}
  Infrastructure-AWS/controller: {Tag: 1.10, name: n}
  bad: text
  nothing:
"""
    settings = read(tmp_path, text)
    assert settings.images == {
        "all": ImageOverride(repository="registry.corp.example/mirror"),
        "infrastructure-aws/controller": ImageOverride(name="n", tag="1.1"),
    }
    assert codes(settings.problems) == ["CAPY0111"]
    assert "'bad'" in settings.problems[0].detail
    assert codes(read(tmp_path, "images: text").problems) == ["CAPY0111"]


def cert_manager(tmp_path: Path, text: str | None, **variables: str) -> tuple[CertManagerSettings, list[str]]:
    settings = read(tmp_path, text, **variables)
    found, problems = cert_manager_settings(
        settings.configuration, DEFAULTS, LocalRules(), settings.environment.get
    )
    return found, codes(problems)


def test_cert_manager_by_default(tmp_path: Path) -> None:
    found, problems = cert_manager(tmp_path, None)
    assert problems == []
    assert (found.version, found.url, found.timeout) == ("v1.21.1", DEFAULTS.url, 600)
    assert (found.externally_provisioned, found.origin) == (False, "default")
    assert isinstance(found.location, GitHubReleases)
    assert found.location.channel == "v1.21.1"


@pytest.mark.parametrize(
    ("text", "version", "timeout", "external"),
    [
        ("cert-manager: {version: v1.20.0, timeout: 15m}", "v1.20.0", 900, False),
        ("cert-manager: {externallyProvisioned: true}", "v1.21.1", 600, True),
        ("cert-manager: {externallyProvisioned: yes}", "v1.21.1", 600, True),
        ("cert-manager: {externallyProvisioned: 'off', timeout: 0}", "v1.21.1", 0, False),
    ],
)
def test_cert_manager_section(
    tmp_path: Path, text: str, version: str, timeout: float, *, external: bool
) -> None:
    found, problems = cert_manager(tmp_path, text)
    assert problems == []
    assert (found.version, found.timeout, found.externally_provisioned) == (version, timeout, external)
    assert found.origin == str(tmp_path / "clusterctl.yaml")
    assert isinstance(found.location, GitHubReleases)
    assert found.location.channel == version


@pytest.mark.parametrize(
    ("text", "expected", "has_location"),
    [
        ("cert-manager: {timeout: 15}", ["CAPY0124"], True),
        ("cert-manager: {timeout: soon}", ["CAPY0124"], True),
        ("cert-manager: text", ["CAPY0111"], True),
        ("cert-manager: {url: '${GONE}/cert-manager/latest/x.yaml'}", ["CAPY0112"], False),
        ("cert-manager: {url: '${A-b}'}", ["CAPY0111"], False),
        ("cert-manager: {url: 'https://mirror.example/x'}", ["CAPY0118"], False),
        ("cert-manager: {url: '/srv/cert-manager/v1.2.3/cert-manager.yaml'}", [], True),
    ],
)
def test_what_is_wrong_with_cert_manager(
    tmp_path: Path, text: str, expected: list[str], *, has_location: bool
) -> None:
    found, problems = cert_manager(tmp_path, text)
    assert problems == expected
    assert (found.location is not None) is has_location


_FILES = "https://files.corp.example/mirror/cert-manager/v1.20.2/cert-manager.yaml"


@pytest.mark.parametrize(
    ("section", "expected", "base"),
    [
        (f"{{url: '{_FILES}', version: v1.20.2}}", ["CAPY0118"], None),
        (f"{{url: '{_FILES}', version: v1.20.2, kind: https}}", [], "https://files.corp.example/mirror"),
        (f"{{url: '{_FILES}', version: v1.20.2, Kind: HTTPS}}", [], "https://files.corp.example/mirror"),
        (f"{{url: '{_FILES}', version: v1.20.2, kind: ftp}}", ["CAPY0118"], None),
        ("{kind: ftp}", ["CAPY0118"], None),
    ],
)
def test_cert_manager_says_what_kind_of_server_it_is_on(
    tmp_path: Path, section: str, expected: list[str], base: str | None
) -> None:
    """The fix of CAPY0118 is to add ``kind:`` to the entry."""
    found, problems = cert_manager(tmp_path, f"cert-manager: {section}")
    assert problems == expected
    assert (found.location.base if isinstance(found.location, HttpsTree) else None) == base


@pytest.mark.parametrize(
    "text",
    [
        None,
        "cert-manager: {version: v1.20.0}",
        "cert-manager: {url: '/srv/cert-manager/v1.2.3/cert-manager.yaml'}",
        "cert-manager: {url: 'https://github.com/my/fork/releases/latest/cert-manager.yaml'}",
        "cert-manager: {url: '${GONE}/cert-manager/latest/x.yaml', timeout: soon}",
    ],
)
def test_a_default_address_that_is_known_changes_no_answer(tmp_path: Path, text: str | None) -> None:
    settings = read(tmp_path, text)
    known = read_built_in_table().cert_manager
    assert known is not None
    assert known.location is not None
    unknown = replace(known, location=None)
    rules, lookup = LocalRules(), settings.environment.get
    found, problems = cert_manager_settings(settings.configuration, known, rules, lookup)
    expected, others = cert_manager_settings(settings.configuration, unknown, rules, lookup)
    assert found == expected
    assert [each.detail for each in problems] == [each.detail for each in others]


def test_the_table_of_three_layers(tmp_path: Path) -> None:
    (tmp_path / "capi").mkdir()
    providers = tmp_path / "capi/table.yaml"
    providers.write_text(
        "providers:\n"
        "- {name: azure, type: InfrastructureProvider, url: tree/infrastructure-azure/latest/x.yaml}\n"
        "- {name: aws, type: InfrastructureProvider, url: tree/infrastructure-aws/latest/x.yaml}\n"
    )
    text = """
providers:
  - name: aws
    type: InfrastructureProvider
    url: ${MIRROR}/infrastructure-aws/latest/x.yaml
  - name: gcp
    type: InfrastructureProvider
    url: ${GONE}/infrastructure-gcp/latest/x.yaml
"""
    settings = read(tmp_path, text, MIRROR="/srv")
    loaded = load_table(settings, str(providers))
    assert loaded.problems == ()
    found = {
        name: loaded.table.find(parse_reference(name)).entry for name in ("aws", "azure", "gcp", "vsphere")
    }
    assert {name: entry.origin for name, entry in found.items() if entry} == {
        "aws": str(tmp_path / "clusterctl.yaml"),
        "azure": str(providers),
        "gcp": str(tmp_path / "clusterctl.yaml"),
        "vsphere": "built-in",
    }
    assert found["aws"] is not None
    assert found["aws"].url == "/srv/infrastructure-aws/latest/x.yaml"
    assert found["azure"] is not None
    assert getattr(found["azure"].location, "base", None) == str(tmp_path / "capi/tree")
    assert codes(loaded.table.faults) == ["CAPY0112"]
    assert [span.line for span in loaded.table.faults[0].spans] == [8]


@pytest.mark.parametrize("content", [None, "format: other/1\nproviders: []\n", "a: ["])
def test_a_table_file_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "t.yaml"
    if content is not None:
        path.write_text(content)
    loaded = load_table(read(tmp_path), str(path))
    assert codes(loaded.problems) == ["CAPY0110"]
    assert str(path) in loaded.problems[0].detail
    assert len(loaded.table.entries) == 67


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("/c/clusterctl.yaml", "/c/"),
        ("clusterctl.yaml", "/place/"),
        ("sub/clusterctl.yaml", "/place/sub/"),
        ("https://example.com/c.yaml", None),
        (None, None),
    ],
)
def test_relative_addresses_start_at_their_file(file: str | None, folder: str | None) -> None:
    environment = Environment(variables={}, working_folder="/place")
    assert local_rules(environment, file).folder == folder


def test_relative_addresses_start_at_their_file_on_windows() -> None:
    environment = Environment(variables={}, platform=Platform.WINDOWS, working_folder="C:\\work")
    assert local_rules(environment, "D:\\c\\clusterctl.yaml").folder == "D:\\c\\"
    assert local_rules(environment, "clusterctl.yaml").folder == "C:\\work\\"


def rows(settings: Settings) -> dict[str, Setting]:
    found, _ = cert_manager_settings(settings.configuration, DEFAULTS, LocalRules(), settings.environment.get)
    option = Setting(name="offline", value="true", origin="CAPYCTL_OFFLINE")
    return {row.name: row for row in setting_rows(settings, {"offline": option}, found)}


def test_every_setting_has_a_row_with_its_origin(tmp_path: Path) -> None:
    text = "github-token: s3cret\nimages: {all: {tag: t}}\nREGION: eu\ncert-manager: {version: v1.20.0}\n"
    settings = read(
        tmp_path, text, GOPROXY="https://u:s3cret@a.example", HTTPS_PROXY="http://u:s3cret@p:1", REGION="us"
    )
    found = rows(settings)
    file = str(tmp_path / "clusterctl.yaml")
    assert found["offline"].value == "true"
    assert (found["GOPROXY"].value, found["GOPROXY"].origin) == ("https://***@a.example", "GOPROXY")
    assert (found["github-token"].value, found["github-token"].origin) == ("***", f"{file}: github-token")
    assert (found["gitlab-access-token"].value, found["gitlab-access-token"].origin) == (None, "default")
    assert (found["HTTPS_PROXY"].value, found["HTTPS_PROXY"].origin) == ("http://p:1", "HTTPS_PROXY")
    assert (found["images.all.tag"].value, found["images.all.tag"].origin) == ("t", file)
    assert (found["REGION"].value, found["REGION"].origin) == ("us", "REGION")
    assert (found["cert-manager.version"].value, found["cert-manager.timeout"].value) == ("v1.20.0", "10m")
    assert found["overridesFolder"].origin == "default"
    assert all("s3cret" not in (row.value or "") for row in found.values())
    assert "s3cret" not in repr(settings)
    assert set(settings.secrets) == {"s3cret"}


def test_defaults_have_rows_too(tmp_path: Path) -> None:
    found = rows(read(tmp_path))
    assert found["GOPROXY"].value is not None
    assert found["GOPROXY"].value.endswith(",direct")
    assert found["GOPROXY"].origin == found["NO_PROXY"].origin == found["KUBECONFIG"].origin == "default"


@pytest.mark.parametrize(
    "name",
    [
        "AWS_B64ENCODED_CREDENTIALS",
        "VSPHERE_PASSWORD",
        "HCLOUD_TOKEN",
        "OPENSTACK_CLOUD_YAML_B64",
        "OSC_ACCESS_KEY",
        "azure_client_secret",
    ],
)
def test_values_of_variables_named_like_secrets_are_hidden(name: str) -> None:
    assert shown_value(name, "anything") == "***"
    assert shown_value(name, None) is None


def test_other_values_are_shown_without_credentials() -> None:
    assert shown_value("AWS_REGION", "eu-central-1") == "eu-central-1"
    assert shown_value("URL", "https://u:p@h/x") == "https://***@h/x"
