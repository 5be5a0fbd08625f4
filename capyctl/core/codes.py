"""The code registry: every diagnostic's stable code, name, constant summary and catalogue cases.

A code is born in preview, becomes stable, may be deprecated or redirected, and is never reused (style C7).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A registered code.

    Attributes:
        code: ``CAPY`` and four digits. name: kebab-case name of the fault.
        title: the constant summary of every diagnostic with this code; never holds user data.
        cases: ids of the failure catalogue it serves. since: first release. state: ``preview`` or ``stable``.
    """

    code: str
    name: str
    title: str
    cases: tuple[str, ...] = ()
    since: str = "0.1.0"
    state: str = "stable"


INTERNAL_FAULT = Code(code="CAPY0001", name="internal-fault", title="capyctl itself failed")
USAGE = Code(code="CAPY0100", name="usage", title="the command line cannot be understood")
MALFORMED_REFERENCE = Code(
    code="CAPY0101",
    name="malformed-reference",
    title="a provider reference does not have the form name[:version]",
)
UNKNOWN_PROVIDER = Code(
    code="CAPY0102",
    name="unknown-provider",
    title="no provider of that name is known",
    cases=("F02",),
)
AMBIGUOUS_NAME = Code(code="CAPY0103", name="ambiguous-name", title="several provider types have this name")
LABEL_AS_NAME = Code(
    code="CAPY0104",
    name="label-as-name",
    title="a manifest label was given where a name belongs",
    cases=("F03",),
)
BUILD_METADATA_IN_VERSION = Code(
    code="CAPY0105",
    name="build-metadata-in-version",
    title="a version carries build metadata that no release tag has",
    cases=("F01",),
)
VERSION_SPELLING = Code(
    code="CAPY0106",
    name="version-spelling",
    title="a version is spelled differently from its tag",
)
NEWER_THAN_CLUSTERCTL = Code(
    code="CAPY0107",
    name="newer-than-clusterctl",
    title="the provider is in the table of newer clusterctl releases only",
    cases=("F04",),
)
COMMAND_OF_CLUSTERCTL = Code(
    code="CAPY0108",
    name="command-of-clusterctl",
    title="a command of clusterctl that capyctl does not have",
)
NAME_UNUSABLE = Code(
    code="CAPY0109",
    name="name-unusable",
    title="a configured provider name can never be requested",
)
CONFIGURATION_UNREADABLE = Code(
    code="CAPY0110",
    name="configuration-unreadable",
    title="a configuration file cannot be read",
)
CONFIGURATION_ENTRY_INVALID = Code(
    code="CAPY0111",
    name="configuration-entry-invalid",
    title="an entry of the provider configuration is invalid",
)
VARIABLE_UNDEFINED = Code(
    code="CAPY0112",
    name="variable-undefined",
    title="a configuration value names an environment variable that is not set",
    cases=("F08",),
)
SECTION_SHADOWED = Code(
    code="CAPY0113",
    name="section-shadowed",
    title="an environment variable would replace a whole section of the configuration",
)
OVERRIDE_IN_UNUSED_FOLDER = Code(
    code="CAPY0114",
    name="override-in-unused-folder",
    title="an override exists in a folder that is not used",
    cases=("F05",),
)
OVERRIDE_UNUSED = Code(
    code="CAPY0115",
    name="override-unused",
    title="an override was used by nothing",
    cases=("F05",),
)
IMAGE_OVERRIDE_UNUSED = Code(
    code="CAPY0116",
    name="image-override-unused",
    title="an image override matched nothing",
    cases=("F58",),
)
DOWNLOAD_ADDRESS = Code(
    code="CAPY0117",
    name="download-address",
    title="a provider address is a browser's download address",
    cases=("F12",),
)
ADDRESS_FORM_UNKNOWN = Code(
    code="CAPY0118",
    name="address-form-unknown",
    title="a provider address has no known form",
    cases=("F13", "F08"),
)
GITLAB_PATH_NOT_ENCODED = Code(
    code="CAPY0119",
    name="gitlab-path-not-encoded",
    title="the project path in a GitLab address is not encoded",
    cases=("F22",),
)
LOCAL_PATH_INVALID = Code(
    code="CAPY0120",
    name="local-path-invalid",
    title="a local repository path does not have the expected form",
    cases=("F08", "F11"),
)
GOPROXY_MALFORMED = Code(code="CAPY0121", name="goproxy-malformed", title="GOPROXY cannot be understood")
GOPROXY_OFF_MEANING = Code(
    code="CAPY0122",
    name="goproxy-off-meaning",
    title="GOPROXY is off in clusterctl's meaning",
)
CREDENTIAL_IGNORED = Code(
    code="CAPY0123",
    name="credential-ignored",
    title="a credential is present but not where it can be used",
    cases=("F15",),
)
SETTING_INVALID = Code(
    code="CAPY0124",
    name="setting-invalid",
    title="a setting has a value that cannot be used",
)
OVERRIDE_IN_EFFECT = Code(
    code="CAPY0125",
    name="override-in-effect",
    title="an override replaced a file of the release",
)
DIAGNOSTICS_IGNORED = Code(
    code="CAPY0126",
    name="diagnostics-ignored",
    title="diagnostics were dropped on request",
)
CODE_NOT_FOUND = Code(
    code="CAPY0127",
    name="code-not-found",
    title="no code of capyctl fits what was asked for",
)
SOURCE_UNREACHABLE = Code(
    code="CAPY0201",
    name="source-unreachable",
    title="a source cannot be reached",
    cases=("F25",),
)
SOURCE_SILENT = Code(
    code="CAPY0202",
    name="source-silent",
    title="a source did not answer in time",
    cases=("F25",),
)
RATE_LIMITED = Code(
    code="CAPY0203",
    name="rate-limited",
    title="the quota of a source is used up",
    cases=("F32",),
)
CREDENTIAL_REJECTED = Code(
    code="CAPY0204",
    name="credential-rejected",
    title="a source refused the credential it was given",
    cases=("F15",),
)
REPOSITORY_RENAMED = Code(
    code="CAPY0205",
    name="repository-renamed",
    title="the repository has been renamed",
    cases=("F17", "F18", "F20", "F21"),
)
REPOSITORY_NOT_FOUND = Code(
    code="CAPY0206",
    name="repository-not-found",
    title="the repository does not exist, or is private",
    cases=("F23",),
)
ANSWER_IS_HTML = Code(code="CAPY0207", name="answer-is-html", title="a web page came back in place of a file")
ANSWER_IS_RECORD = Code(
    code="CAPY0208",
    name="answer-is-record",
    title="a JSON record came back in place of a file",
    cases=("F18", "F20"),
)
ANSWER_INCOMPLETE = Code(
    code="CAPY0209",
    name="answer-incomplete",
    title="a file came back empty or cut short",
)
ANSWER_IS_LFS_POINTER = Code(
    code="CAPY0210",
    name="answer-is-lfs-pointer",
    title="a Git LFS pointer came back in place of a file",
)
ANSWER_TOO_LARGE = Code(
    code="CAPY0211",
    name="answer-too-large",
    title="an answer is larger than is accepted",
)
ANSWER_DIFFERS = Code(
    code="CAPY0212",
    name="answer-differs",
    title="a file does not have the size or digest its host states",
)
REDIRECT_REFUSED = Code(code="CAPY0213", name="redirect-refused", title="a redirect was refused")
TLS_UNTRUSTED = Code(
    code="CAPY0214",
    name="tls-untrusted",
    title="the certificate of a source is not trusted",
    cases=("F25",),
)
PROXY_REFUSED = Code(
    code="CAPY0215",
    name="proxy-refused",
    title="the proxy on the way refused the connection",
    cases=("F25",),
)
SOURCE_FAILED = Code(
    code="CAPY0216",
    name="source-failed",
    title="a source answered with a server error",
    cases=("F25",),
)
SOURCE_SUBSTITUTED = Code(
    code="CAPY0217",
    name="source-substituted",
    title="one source failed and another answered in its place",
)
DEADLINE_PASSED = Code(
    code="CAPY0218",
    name="deadline-passed",
    title="the deadline passed before every source had answered",
)
NO_DATA_OFFLINE = Code(
    code="CAPY0219",
    name="no-data-offline",
    title="offline, and the data needed is not there",
    cases=("F33",),
)
SNAPSHOT_DATED = Code(
    code="CAPY0220",
    name="snapshot-dated",
    title="the answer comes from the embedded snapshot",
)
LOCAL_REPOSITORY_MISSING = Code(
    code="CAPY0221",
    name="local-repository-missing",
    title="the folder of a local repository does not exist",
    cases=("F09",),
)
LOCAL_NO_VERSIONS = Code(
    code="CAPY0222",
    name="local-no-versions",
    title="a local repository has no version folders",
    cases=("F11",),
)
GITLAB_PRIVATE = Code(
    code="CAPY0223",
    name="gitlab-private",
    title="a GitLab project is private or does not exist",
    cases=("F23",),
)
REPOSITORY_ARCHIVED = Code(
    code="CAPY0224",
    name="repository-archived",
    title="the project is archived or retired",
    cases=("F19",),
)
ACCESS_DENIED = Code(code="CAPY0225", name="access-denied", title="a source denied access", cases=("F23",))
FILE_NOT_AVAILABLE_OFFLINE = Code(
    code="CAPY0226",
    name="file-not-available-offline",
    title="a file cannot be had in this run",
)
PROXY_METADATA_USED = Code(
    code="CAPY0227",
    name="proxy-metadata-used",
    title="metadata.yaml was taken from the module proxy",
)
ANSWER_MALFORMED = Code(code="CAPY0228", name="answer-malformed", title="an answer cannot be understood")
REPOSITORY_IDENTITY_UNCLEAR = Code(
    code="CAPY0229",
    name="repository-identity-unclear",
    title="the address leads to another repository than the table names",
)
METADATA_MISSING = Code(
    code="CAPY0301",
    name="metadata-missing",
    title="the release has no metadata.yaml",
    cases=("F39", "F40", "F10", "F41", "F53"),
)
OWN_SERIES_MISSING = Code(
    code="CAPY0302",
    name="own-series-missing",
    title="the version belongs to no release series of its own metadata",
    cases=("F35", "F43", "F47"),
)
METADATA_UNREADABLE = Code(
    code="CAPY0303",
    name="metadata-unreadable",
    title="metadata.yaml is not readable YAML",
)
METADATA_API_VERSION = Code(
    code="CAPY0304",
    name="metadata-api-version",
    title="metadata.yaml has an unknown apiVersion",
    cases=("F07",),
)
METADATA_KIND_MISSING = Code(
    code="CAPY0305",
    name="metadata-kind-missing",
    title="metadata.yaml does not state its kind",
    cases=("F46",),
)
METADATA_KIND_WRONG = Code(
    code="CAPY0306",
    name="metadata-kind-wrong",
    title="metadata.yaml is of another kind",
)
METADATA_NO_SERIES = Code(
    code="CAPY0307",
    name="metadata-no-series",
    title="metadata.yaml lists no release series",
)
METADATA_FIELD_TYPE = Code(
    code="CAPY0308",
    name="metadata-field-type",
    title="a field of metadata.yaml has the wrong type",
)
METADATA_DUPLICATE_KEY = Code(
    code="CAPY0309",
    name="metadata-duplicate-key",
    title="metadata.yaml states a key twice",
)
METADATA_DUPLICATE_SERIES = Code(
    code="CAPY0310",
    name="metadata-duplicate-series",
    title="metadata.yaml lists a release series twice",
)
METADATA_SERIES_GAP = Code(
    code="CAPY0311",
    name="metadata-series-gap",
    title="metadata.yaml leaves out a release series",
)
METADATA_OCTAL_NUMBER = Code(
    code="CAPY0312",
    name="metadata-octal-number",
    title="a number in metadata.yaml is read as octal",
)
METADATA_UNKNOWN_FIELD = Code(
    code="CAPY0313",
    name="metadata-unknown-field",
    title="metadata.yaml has a field that nobody reads",
)
CONTRACT_DIFFERS_FROM_CRDS = Code(
    code="CAPY0314",
    name="contract-differs-from-crds",
    title="metadata.yaml and the CRDs name different contracts",
)
METADATA_CONTRACT_INVALID = Code(
    code="CAPY0315",
    name="metadata-contract-invalid",
    title="a release series names no valid contract",
)
SERIES_ANNOUNCED_EARLY = Code(
    code="CAPY0316",
    name="series-announced-early",
    title="metadata.yaml lists a series that has no release yet",
)
VERSION_NOT_PUBLISHED = Code(
    code="CAPY0401",
    name="version-not-published",
    title="the version is tagged but not published as a release",
    cases=("F26", "F27", "F28", "F30", "F41"),
)
VERSION_WITHDRAWN = Code(
    code="CAPY0402",
    name="version-withdrawn",
    title="the version was withdrawn",
    cases=("F27",),
)
PROXY_HIDES_VERSION = Code(
    code="CAPY0403",
    name="proxy-hides-version",
    title="the module proxy does not list a released version",
    cases=("F31", "F34"),
)
SOURCES_DISAGREE = Code(
    code="CAPY0404",
    name="sources-disagree",
    title="sources name different newest versions",
    cases=("F18",),
)
PRERELEASE_CHOSEN = Code(
    code="CAPY0405",
    name="prerelease-chosen",
    title="only pre-releases exist",
    cases=("F35",),
)
NO_VERSION = Code(code="CAPY0406", name="no-version", title="no version can be chosen", cases=("F28",))
PRERELEASE_FLAG = Code(
    code="CAPY0407",
    name="prerelease-flag",
    title="the release host flags a stable tag as pre-release",
)
VERSION_NOT_FOUND = Code(
    code="CAPY0408",
    name="version-not-found",
    title="the requested version does not exist",
    cases=("F01",),
)
CANDIDATE_LIMIT = Code(
    code="CAPY0409",
    name="candidate-limit",
    title="the search stopped at its limit of candidates",
)
RELEASE_IN_PROGRESS = Code(
    code="CAPY0410",
    name="release-in-progress",
    title="a release is still being published",
    cases=("F41",),
)
VERSION_LIST_PARTIAL = Code(
    code="CAPY0411",
    name="version-list-partial",
    title="only a part of the version list could be had",
)
DRAFT_RELEASE = Code(code="CAPY0412", name="draft-release", title="the release is a draft", cases=("F26",))
VERSION_RETRACTED = Code(code="CAPY0413", name="version-retracted", title="the module retracts this version")
CONTRACT_NOT_ACCEPTED = Code(
    code="CAPY0501",
    name="contract-not-accepted",
    title="the version implements a contract that is not accepted here",
    cases=("F36", "F50", "F52"),
)
CONTRACT_MISMATCH_IN_SET = Code(
    code="CAPY0502",
    name="contract-mismatch-in-set",
    title="two providers of this command do not fit together",
    cases=("F52",),
)
COMPONENTS_MISSING = Code(
    code="CAPY0601",
    name="components-missing",
    title="the release has no components file",
    cases=("F53",),
)
COMPONENTS_UNREADABLE = Code(
    code="CAPY0602",
    name="components-unreadable",
    title="the components file is not readable YAML",
)
VARIABLES_UNSET = Code(
    code="CAPY0603",
    name="variables-unset",
    title="required variables have no value",
    cases=("F55",),
)
VARIABLE_SYNTAX = Code(
    code="CAPY0604",
    name="variable-syntax",
    title="a variable expression cannot be understood",
)
NAMESPACE_UNDETERMINED = Code(
    code="CAPY0605",
    name="namespace-undetermined",
    title="the components name no namespace",
    cases=("F21",),
)
SEVERAL_NAMESPACES = Code(
    code="CAPY0606",
    name="several-namespaces",
    title="the components hold more than one Namespace",
)
IMAGE_NOT_CANONICAL = Code(
    code="CAPY0607",
    name="image-not-canonical",
    title="an image reference is not fully qualified",
)
ALL_IN_ONE_MANIFEST = Code(
    code="CAPY0608",
    name="all-in-one-manifest",
    title="the manifest is an installer of everything, not one provider's components",
)
OBJECT_NOT_PATCHABLE = Code(
    code="CAPY0609",
    name="object-not-patchable",
    title="an object of the components has a version that cannot be adjusted",
)
TEMPLATE_MISSING = Code(
    code="CAPY0610",
    name="template-missing",
    title="the provider publishes no default cluster template",
    cases=("F54",),
)
INSPECTION_NEEDS_NO_VARIABLES = Code(
    code="CAPY0611",
    name="inspection-needs-no-variables",
    title="required variables are unset, which does not matter for looking",
    cases=("F56",),
)
COMPONENTS_OF_ANOTHER_PROVIDER = Code(
    code="CAPY0612",
    name="components-of-another-provider",
    title="the components carry the label of another provider",
)
KUBECONFIG_NOT_READ = Code(
    code="CAPY0701",
    name="kubeconfig-not-read",
    title="a kubeconfig is there and was not read",
)
CLUSTER_COMMANDS_LATER = Code(
    code="CAPY0702",
    name="cluster-commands-later",
    title="this command needs a later version of capyctl",
)
UNKNOWN_SCENARIO = Code(code="CAPY1201", name="unknown-scenario", title="no scenario of that name exists")
SCENARIO_INVALID = Code(code="CAPY1202", name="scenario-invalid", title="a scenario file cannot be used")
LAB_EXTRA_MISSING = Code(
    code="CAPY1203",
    name="lab-extra-missing",
    title="the lab needs packages that are not installed",
)
COMMAND_NOT_STARTED = Code(
    code="CAPY1204",
    name="command-not-started",
    title="the command could not be started",
)

ALL_CODES: tuple[Code, ...] = (
    INTERNAL_FAULT,
    USAGE,
    MALFORMED_REFERENCE,
    UNKNOWN_PROVIDER,
    AMBIGUOUS_NAME,
    LABEL_AS_NAME,
    BUILD_METADATA_IN_VERSION,
    VERSION_SPELLING,
    NEWER_THAN_CLUSTERCTL,
    COMMAND_OF_CLUSTERCTL,
    NAME_UNUSABLE,
    CONFIGURATION_UNREADABLE,
    CONFIGURATION_ENTRY_INVALID,
    VARIABLE_UNDEFINED,
    SECTION_SHADOWED,
    OVERRIDE_IN_UNUSED_FOLDER,
    OVERRIDE_UNUSED,
    IMAGE_OVERRIDE_UNUSED,
    DOWNLOAD_ADDRESS,
    ADDRESS_FORM_UNKNOWN,
    GITLAB_PATH_NOT_ENCODED,
    LOCAL_PATH_INVALID,
    GOPROXY_MALFORMED,
    GOPROXY_OFF_MEANING,
    CREDENTIAL_IGNORED,
    SETTING_INVALID,
    OVERRIDE_IN_EFFECT,
    DIAGNOSTICS_IGNORED,
    CODE_NOT_FOUND,
    SOURCE_UNREACHABLE,
    SOURCE_SILENT,
    RATE_LIMITED,
    CREDENTIAL_REJECTED,
    REPOSITORY_RENAMED,
    REPOSITORY_NOT_FOUND,
    ANSWER_IS_HTML,
    ANSWER_IS_RECORD,
    ANSWER_INCOMPLETE,
    ANSWER_IS_LFS_POINTER,
    ANSWER_TOO_LARGE,
    ANSWER_DIFFERS,
    REDIRECT_REFUSED,
    TLS_UNTRUSTED,
    PROXY_REFUSED,
    SOURCE_FAILED,
    SOURCE_SUBSTITUTED,
    DEADLINE_PASSED,
    NO_DATA_OFFLINE,
    SNAPSHOT_DATED,
    LOCAL_REPOSITORY_MISSING,
    LOCAL_NO_VERSIONS,
    GITLAB_PRIVATE,
    REPOSITORY_ARCHIVED,
    ACCESS_DENIED,
    FILE_NOT_AVAILABLE_OFFLINE,
    PROXY_METADATA_USED,
    ANSWER_MALFORMED,
    REPOSITORY_IDENTITY_UNCLEAR,
    METADATA_MISSING,
    OWN_SERIES_MISSING,
    METADATA_UNREADABLE,
    METADATA_API_VERSION,
    METADATA_KIND_MISSING,
    METADATA_KIND_WRONG,
    METADATA_NO_SERIES,
    METADATA_FIELD_TYPE,
    METADATA_DUPLICATE_KEY,
    METADATA_DUPLICATE_SERIES,
    METADATA_SERIES_GAP,
    METADATA_OCTAL_NUMBER,
    METADATA_UNKNOWN_FIELD,
    CONTRACT_DIFFERS_FROM_CRDS,
    METADATA_CONTRACT_INVALID,
    SERIES_ANNOUNCED_EARLY,
    VERSION_NOT_PUBLISHED,
    VERSION_WITHDRAWN,
    PROXY_HIDES_VERSION,
    SOURCES_DISAGREE,
    PRERELEASE_CHOSEN,
    NO_VERSION,
    PRERELEASE_FLAG,
    VERSION_NOT_FOUND,
    CANDIDATE_LIMIT,
    RELEASE_IN_PROGRESS,
    VERSION_LIST_PARTIAL,
    DRAFT_RELEASE,
    VERSION_RETRACTED,
    CONTRACT_NOT_ACCEPTED,
    CONTRACT_MISMATCH_IN_SET,
    COMPONENTS_MISSING,
    COMPONENTS_UNREADABLE,
    VARIABLES_UNSET,
    VARIABLE_SYNTAX,
    NAMESPACE_UNDETERMINED,
    SEVERAL_NAMESPACES,
    IMAGE_NOT_CANONICAL,
    ALL_IN_ONE_MANIFEST,
    OBJECT_NOT_PATCHABLE,
    TEMPLATE_MISSING,
    INSPECTION_NEEDS_NO_VARIABLES,
    COMPONENTS_OF_ANOTHER_PROVIDER,
    KUBECONFIG_NOT_READ,
    CLUSTER_COMMANDS_LATER,
    UNKNOWN_SCENARIO,
    SCENARIO_INVALID,
    LAB_EXTRA_MISSING,
    COMMAND_NOT_STARTED,
)
"""Every code, in order."""
