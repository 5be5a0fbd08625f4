"""The code registry: every diagnostic's stable code, name, constant summary and catalogue cases.

A code is born in preview, becomes stable, may be deprecated or redirected, and is never reused (style C7).
"""

from __future__ import annotations

from capyctl.core.code import Code as Code  # noqa: PLC0414 - exported from here as well
from capyctl.core.code import registered as _code
from capyctl.core.codes_of_clusters import *  # noqa: F403 - one registry, in two modules for their length

INTERNAL_FAULT = _code("0001", "internal-fault", "capyctl itself failed")
USAGE = _code("0100", "usage", "the command line cannot be understood")
MALFORMED_REFERENCE = _code(
    "0101", "malformed-reference", "a provider reference does not have the form name[:version]"
)
UNKNOWN_PROVIDER = _code("0102", "unknown-provider", "no provider of that name is known", "F02")
AMBIGUOUS_NAME = _code("0103", "ambiguous-name", "several provider types have this name")
LABEL_AS_NAME = _code("0104", "label-as-name", "a manifest label was given where a name belongs", "F03")
BUILD_METADATA_IN_VERSION = _code(
    "0105", "build-metadata-in-version", "a version carries build metadata that no release tag has", "F01"
)
VERSION_SPELLING = _code("0106", "version-spelling", "a version is spelled differently from its tag")
NEWER_THAN_CLUSTERCTL = _code(
    "0107", "newer-than-clusterctl", "the provider is in the table of newer clusterctl releases only", "F04"
)
COMMAND_OF_CLUSTERCTL = _code(
    "0108", "command-of-clusterctl", "a command of clusterctl that capyctl does not have"
)
NAME_UNUSABLE = _code("0109", "name-unusable", "a configured provider name can never be requested")
CONFIGURATION_UNREADABLE = _code("0110", "configuration-unreadable", "a configuration file cannot be read")
CONFIGURATION_ENTRY_INVALID = _code(
    "0111", "configuration-entry-invalid", "an entry of the provider configuration is invalid"
)
VARIABLE_UNDEFINED = _code(
    "0112", "variable-undefined", "a configuration value names an environment variable that is not set", "F08"
)
SECTION_SHADOWED = _code(
    "0113", "section-shadowed", "an environment variable would replace a whole section of the configuration"
)
OVERRIDE_IN_UNUSED_FOLDER = _code(
    "0114", "override-in-unused-folder", "an override exists in a folder that is not used", "F05"
)
OVERRIDE_UNUSED = _code("0115", "override-unused", "an override was used by nothing", "F05")
IMAGE_OVERRIDE_UNUSED = _code("0116", "image-override-unused", "an image override matched nothing", "F58")
DOWNLOAD_ADDRESS = _code(
    "0117", "download-address", "a provider address is a browser's download address", "F12"
)
ADDRESS_FORM_UNKNOWN = _code(
    "0118", "address-form-unknown", "a provider address has no known form", "F13 F08"
)
GITLAB_PATH_NOT_ENCODED = _code(
    "0119", "gitlab-path-not-encoded", "the project path in a GitLab address is not encoded", "F22"
)
LOCAL_PATH_INVALID = _code(
    "0120", "local-path-invalid", "a local repository path does not have the expected form", "F08 F11"
)
GOPROXY_MALFORMED = _code("0121", "goproxy-malformed", "GOPROXY cannot be understood")
GOPROXY_OFF_MEANING = _code("0122", "goproxy-off-meaning", "GOPROXY is off in clusterctl's meaning")
CREDENTIAL_IGNORED = _code(
    "0123", "credential-ignored", "a credential is present but not where it can be used", "F15"
)
SETTING_INVALID = _code("0124", "setting-invalid", "a setting has a value that cannot be used")
OVERRIDE_IN_EFFECT = _code("0125", "override-in-effect", "an override replaced a file of the release")
DIAGNOSTICS_IGNORED = _code("0126", "diagnostics-ignored", "diagnostics were dropped on request")
CODE_NOT_FOUND = _code("0127", "code-not-found", "no code of capyctl fits what was asked for")
FILE_NOT_WRITTEN = _code("0128", "file-not-written", "a file that was asked for cannot be written")
SOURCE_UNREACHABLE = _code("0201", "source-unreachable", "a source cannot be reached", "F25")
SOURCE_SILENT = _code("0202", "source-silent", "a source did not answer in time", "F25")
RATE_LIMITED = _code("0203", "rate-limited", "the quota of a source is used up", "F32")
CREDENTIAL_REJECTED = _code(
    "0204", "credential-rejected", "a source refused the credential it was given", "F15"
)
REPOSITORY_RENAMED = _code("0205", "repository-renamed", "the repository has been renamed", "F17 F18 F20 F21")
REPOSITORY_NOT_FOUND = _code(
    "0206", "repository-not-found", "the repository does not exist, or is private", "F23"
)
ANSWER_IS_HTML = _code("0207", "answer-is-html", "a web page came back in place of a file")
ANSWER_IS_RECORD = _code("0208", "answer-is-record", "a JSON record came back in place of a file", "F18 F20")
ANSWER_INCOMPLETE = _code("0209", "answer-incomplete", "a file came back empty or cut short")
ANSWER_IS_LFS_POINTER = _code(
    "0210", "answer-is-lfs-pointer", "a Git LFS pointer came back in place of a file"
)
ANSWER_TOO_LARGE = _code("0211", "answer-too-large", "an answer is larger than is accepted")
ANSWER_DIFFERS = _code("0212", "answer-differs", "a file does not have the size or digest its host states")
REDIRECT_REFUSED = _code("0213", "redirect-refused", "a redirect was refused")
TLS_UNTRUSTED = _code("0214", "tls-untrusted", "the certificate of a source is not trusted", "F25")
PROXY_REFUSED = _code("0215", "proxy-refused", "the proxy on the way refused the connection", "F25")
SOURCE_FAILED = _code("0216", "source-failed", "a source answered with a server error", "F25")
DEADLINE_PASSED = _code("0218", "deadline-passed", "the deadline passed before every source had answered")
NO_DATA_OFFLINE = _code("0219", "no-data-offline", "offline, and the data needed is not there", "F33")
SNAPSHOT_DATED = _code("0220", "snapshot-dated", "the answer comes from the embedded snapshot")
LOCAL_REPOSITORY_MISSING = _code(
    "0221", "local-repository-missing", "the folder of a local repository does not exist", "F09"
)
LOCAL_NO_VERSIONS = _code("0222", "local-no-versions", "a local repository has no version folders", "F11")
GITLAB_PRIVATE = _code("0223", "gitlab-private", "a GitLab project is private or does not exist", "F23")
REPOSITORY_ARCHIVED = _code("0224", "repository-archived", "the project is archived or retired", "F19")
ACCESS_DENIED = _code("0225", "access-denied", "a source denied access", "F23")
FILE_NOT_AVAILABLE_OFFLINE = _code(
    "0226", "file-not-available-offline", "a file cannot be had in this run", "F72"
)
PROXY_METADATA_USED = _code("0227", "proxy-metadata-used", "metadata.yaml was taken from the module proxy")
ANSWER_MALFORMED = _code("0228", "answer-malformed", "an answer cannot be understood")
METADATA_MISSING = _code(
    "0301", "metadata-missing", "the release has no metadata.yaml", "F39 F40 F10 F41 F53"
)
OWN_SERIES_MISSING = _code(
    "0302",
    "own-series-missing",
    "the version belongs to no release series of its own metadata",
    "F35 F43 F47 F48",
)
METADATA_UNREADABLE = _code("0303", "metadata-unreadable", "metadata.yaml is not readable YAML")
METADATA_API_VERSION = _code("0304", "metadata-api-version", "metadata.yaml has an unknown apiVersion", "F07")
METADATA_KIND_MISSING = _code("0305", "metadata-kind-missing", "metadata.yaml does not state its kind", "F46")
METADATA_KIND_WRONG = _code("0306", "metadata-kind-wrong", "metadata.yaml is of another kind")
METADATA_NO_SERIES = _code("0307", "metadata-no-series", "metadata.yaml lists no release series")
METADATA_FIELD_TYPE = _code("0308", "metadata-field-type", "a field of metadata.yaml has the wrong type")
METADATA_DUPLICATE_KEY = _code("0309", "metadata-duplicate-key", "metadata.yaml states a key twice")
METADATA_DUPLICATE_SERIES = _code(
    "0310", "metadata-duplicate-series", "metadata.yaml lists a release series twice"
)
METADATA_SERIES_GAP = _code("0311", "metadata-series-gap", "metadata.yaml leaves out a release series")
METADATA_OCTAL_NUMBER = _code("0312", "metadata-octal-number", "a number in metadata.yaml is read as octal")
METADATA_UNKNOWN_FIELD = _code(
    "0313", "metadata-unknown-field", "metadata.yaml has a field that nobody reads"
)
CONTRACT_DIFFERS_FROM_CRDS = _code(
    "0314", "contract-differs-from-crds", "metadata.yaml and the CRDs name different contracts"
)
METADATA_CONTRACT_INVALID = _code(
    "0315", "metadata-contract-invalid", "a release series names no valid contract"
)
SERIES_ANNOUNCED_EARLY = _code(
    "0316", "series-announced-early", "metadata.yaml lists a series that has no release yet"
)
VERSION_NOT_PUBLISHED = _code(
    "0401",
    "version-not-published",
    "the version is tagged but not published as a release",
    "F26 F27 F28 F29 F30 F41",
)
VERSION_WITHDRAWN = _code("0402", "version-withdrawn", "the version was withdrawn", "F27")
PROXY_HIDES_VERSION = _code(
    "0403", "proxy-hides-version", "the module proxy does not list a released version", "F31 F34"
)
SOURCES_DISAGREE = _code("0404", "sources-disagree", "sources disagree", "F18")
PRERELEASE_CHOSEN = _code("0405", "prerelease-chosen", "only pre-releases exist", "F35")
NO_VERSION = _code("0406", "no-version", "no version can be chosen", "F28")
PRERELEASE_FLAG = _code("0407", "prerelease-flag", "the release host flags a stable tag as pre-release")
VERSION_NOT_FOUND = _code("0408", "version-not-found", "the requested version does not exist", "F01")
CANDIDATE_LIMIT = _code("0409", "candidate-limit", "the search stopped at its limit of candidates")
RELEASE_IN_PROGRESS = _code("0410", "release-in-progress", "a release is still being published", "F41")
VERSION_LIST_PARTIAL = _code("0411", "version-list-partial", "only a part of the version list could be had")
DRAFT_RELEASE = _code("0412", "draft-release", "the release is a draft", "F26")
VERSION_RETRACTED = _code("0413", "version-retracted", "the module's go.mod retracts a version")
CONTRACT_NOT_ACCEPTED = _code(
    "0501",
    "contract-not-accepted",
    "the version implements a contract that is not accepted here",
    "F36 F50 F52",
)
COMPONENTS_MISSING = _code("0601", "components-missing", "the release has no components file", "F53")
COMPONENTS_UNREADABLE = _code("0602", "components-unreadable", "the components file is not readable YAML")
VARIABLES_UNSET = _code("0603", "variables-unset", "required variables have no value", "F55")
VARIABLE_SYNTAX = _code("0604", "variable-syntax", "a variable expression cannot be understood")
NAMESPACE_UNDETERMINED = _code("0605", "namespace-undetermined", "the components name no namespace", "F21")
SEVERAL_NAMESPACES = _code("0606", "several-namespaces", "the components hold more than one Namespace")
IMAGE_NOT_CANONICAL = _code("0607", "image-not-canonical", "an image reference is not fully qualified")
ALL_IN_ONE_MANIFEST = _code(
    "0608", "all-in-one-manifest", "the manifest is an installer of everything, not one provider's components"
)
OBJECT_NOT_PATCHABLE = _code(
    "0609", "object-not-patchable", "an object of the components has a version that cannot be adjusted"
)
TEMPLATE_MISSING = _code(
    "0610", "template-missing", "the provider publishes no default cluster template", "F54"
)
INSPECTION_NEEDS_NO_VARIABLES = _code(
    "0611",
    "inspection-needs-no-variables",
    "required variables are unset, which does not matter for looking",
    "F56",
)
COMPONENTS_OF_ANOTHER_PROVIDER = _code(
    "0612", "components-of-another-provider", "the components carry the label of another provider"
)
CACHE_OF_ANOTHER_VERSION = _code(
    "0801", "cache-of-another-version", "the cache folder is of another format and was left alone"
)
CACHE_UNWRITABLE = _code("0802", "cache-unwritable", "the cache cannot be written")
CLOCK_BEHIND_CACHE = _code("0803", "clock-behind-cache", "the cache holds answers from the future")
CACHE_DATED = _code("0805", "cache-dated", "an answer comes from the disk cache")
RELEASE_FILE_CHANGED = _code("0806", "release-file-changed", "a release file changed under its tag")
BUNDLE_UNREADABLE = _code("0810", "bundle-unreadable", "a file is no bundle that can be read")
BUNDLE_OF_LATER_FORMAT = _code("0811", "bundle-of-later-format", "the bundle is of another format")
BUNDLE_FILE_CHANGED = _code("0812", "bundle-file-changed", "a file of the bundle is not what it was")
BUNDLE_FILE_MISSING = _code("0813", "bundle-file-missing", "a file of the bundle is missing")
BUNDLE_FILE_FOREIGN = _code(
    "0814", "bundle-file-foreign", "the bundle holds a file that does not belong to it"
)
BUNDLE_MEMBER_UNSAFE = _code("0815", "bundle-member-unsafe", "the archive holds something that no bundle has")
BUNDLE_ALTERED = _code("0816", "bundle-altered", "bytes between the files of the bundle have been changed")
BUNDLE_INCOMPLETE = _code("0817", "bundle-incomplete", "the bundle lacks files that its lock needs", "F71")
BUNDLE_TOO_LARGE = _code("0818", "bundle-too-large", "the bundle is larger than is read")
CONFIG_MAP_LEFT_OUT = _code(
    "0819", "config-map-left-out", "the bundle has no ConfigMap of a provider for the operator", "F42"
)
BUNDLE_NOT_WRITTEN = _code("0820", "bundle-not-written", "the bundle cannot be written")
NOT_TO_BE_BUNDLED = _code("0821", "not-to-be-bundled", "the lock holds something that no bundle can carry")
LISTENING_REFUSED = _code("0822", "listening-refused", "the address to listen on cannot be used")
ARTIFACT_DIGEST_DIFFERS = _code(
    "0830", "artifact-digest-differs", "a registry's bytes do not have the digest that was asked for"
)
ARTIFACT_NOT_A_PROVIDER = _code("0831", "artifact-not-a-provider", "an OCI artifact is no provider's")
ARTIFACT_WITHOUT_VERSION = _code(
    "0832", "artifact-without-version", "an OCI artifact does not say which version it is"
)
PUSH_INCOMPLETE = _code("0834", "push-incomplete", "not every provider of the bundle is in the registry")
ARTIFACT_TAG_TAKEN = _code("0835", "artifact-tag-taken", "a tag in the registry stands for other bytes")
ARTIFACT_REFUSED = _code("0836", "artifact-refused", "the registry does not take an artifact")
MARKER_ABSENT = _code("1030", "marker-absent", "no version is published under this marker")
MARKER_NOT_A_VERSION = _code(
    "1031", "marker-not-a-version", "the answer for a marker is not one version of Kubernetes"
)
MARKER_DRIFT = _code("1032", "marker-drift", "a marker stands for another version than before", "F67")
MARKER_OF_ANOTHER_SERIES = _code(
    "1033", "marker-of-another-series", "a marker stands for a version of another minor release"
)
MARKER_NOT_LOCKED = _code("1034", "marker-not-locked", "the lock has no value for this marker")
NODE_IMAGE_ABSENT = _code("1035", "node-image-absent", "there is no node image of this version", "F67")
VERSION_NEVER_PUBLISHED = _code(
    "1036", "version-never-published", "images of builds between releases are published nowhere", "F67 F69"
)
NODE_IMAGE_MISLABELLED = _code(
    "1037", "node-image-mislabelled", "a node image contains another version than its tag says", "F68"
)
NODE_IMAGE_WITHDRAWN = _code(
    "1038", "node-image-withdrawn", "a node image that was recorded earlier is gone", "F70"
)
NODE_IMAGE_CHANGED = _code(
    "1039", "node-image-changed", "a node image's tag has another digest than before", "F70"
)
NODE_IMAGE_UNREAD = _code("1040", "node-image-unread", "a node image does not say which version it contains")
KEPT_VERSION_USED = _code("1041", "kept-version-used", "the version is the one this machine got last")
VARIABLES_NOT_WRITTEN = _code("1042", "variables-not-written", "a file of variables cannot be written")
NEWEST_IMAGE_UNKNOWN = _code(
    "1043", "newest-image-unknown", "the registry's list of tags could not be had or is not whole"
)
E2E_CONFIG_UNUSABLE = _code(
    "1044", "e2e-config-unusable", "a configuration of end-to-end tests names no version that can be resolved"
)
LOCK_UNREADABLE = _code("1101", "lock-unreadable", "a file is no lock that can be used")
LOCK_FROM_THE_FUTURE = _code(
    "1102", "lock-from-the-future", "the lock was made at a time that is still to come"
)
LOCK_NOT_WRITTEN = _code("1103", "lock-not-written", "the lock cannot be written")
SPEC_UNREADABLE = _code("1104", "spec-unreadable", "a spec file cannot be used")
CONSTRAINT_UNMET = _code("1105", "constraint-unmet", "no version meets the constraint")
LOCK_OUTDATED = _code("1106", "lock-outdated", "another version than the locked one would be chosen today")
LOCKED_BYTES_CHANGED = _code("1107", "locked-bytes-changed", "a locked file or image is not what it was")
LOCKED_REPOSITORY_CHANGED = _code(
    "1108", "locked-repository-changed", "a locked repository was renamed, or is another one"
)
LOCK_INCOMPLETE = _code("1109", "lock-incomplete", "something that a lock records could not be asked")
NOT_IN_LOCK = _code("1110", "not-in-lock", "something is asked for that the lock does not have")
LOCK_VERSION_DIFFERS = _code("1111", "lock-version-differs", "another version is asked for than the lock has")
LOCK_CONTRACT_DIFFERS = _code(
    "1112", "lock-contract-differs", "another contract is asked for than the locked version has"
)
LOCKED_FILE_DIFFERS = _code(
    "1113", "locked-file-differs", "a release file has other bytes than the lock says"
)
LOCKED_FILE_GONE = _code("1114", "locked-file-gone", "a release file of the lock is gone")
LOCKED_REPOSITORY_RENAMED = _code(
    "1115", "locked-repository-renamed", "a repository was renamed since the lock was made"
)
LOCKED_REPOSITORY_REPLACED = _code(
    "1116", "locked-repository-replaced", "another repository answers in the place of the locked one"
)
LOCKED_FILE_NOT_KEPT = _code(
    "1117", "locked-file-not-kept", "a run without network lacks a file of the lock", "F72"
)
RECORD_UNWRITABLE = _code("1120", "record-unwritable", "the record of the run cannot be written")
NOT_A_RECORD = _code("1121", "not-a-record", "a file is no record of a run")
RECORD_OF_LATER_FORMAT = _code("1122", "record-of-later-format", "a record has a later format")
RECORD_DAMAGED = _code("1123", "record-damaged", "a record is cut short, or was changed to what is none")
UNKNOWN_SCENARIO = _code("1201", "unknown-scenario", "no scenario of that name exists")
SCENARIO_INVALID = _code("1202", "scenario-invalid", "a scenario file cannot be used")
LAB_EXTRA_MISSING = _code("1203", "lab-extra-missing", "the lab needs packages that are not installed")
COMMAND_NOT_STARTED = _code("1204", "command-not-started", "the command could not be started")


ALL_CODES: tuple[Code, ...] = tuple(
    sorted((each for each in globals().values() if isinstance(each, Code)), key=lambda each: each.code)
)
"""Every code, in order."""
