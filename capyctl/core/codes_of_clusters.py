"""The codes about management clusters and their upgrades; a part of ``capyctl.core.codes``."""

from __future__ import annotations

from capyctl.core.code import registered as _code

KUBECONFIG_NOT_READ = _code("0701", "kubeconfig-not-read", "a kubeconfig is there and was not read")
INVENTORY_ENTRY_BROKEN = _code(
    "0740", "inventory-entry-broken", "an entry of the inventory cannot be used as it stands", "F06"
)
INSTALLED_PROVIDER_UNKNOWN = _code(
    "0741", "installed-provider-unknown", "an installed provider is not in the provider table", "F06"
)
CORE_PROVIDER_COUNT = _code(
    "0742", "core-provider-count", "the management cluster does not have exactly one core provider", "F63"
)
SEVERAL_INSTANCES = _code("0743", "several-instances", "a provider is installed more than once", "F63")
INVENTORY_MISSING = _code(
    "0744", "inventory-missing", "Cluster API is installed, and no inventory says with which providers", "F66"
)
MANAGED_BY_OPERATOR = _code(
    "0745", "managed-by-operator", "the providers are managed by the Cluster API operator", "F66"
)
OPERATOR_VERSION_DIFFERS = _code(
    "0746", "operator-version-differs", "the operator installed another version than the one asked for", "F38"
)
OPERATOR_SOURCE_UNREACHABLE = _code(
    "0747",
    "operator-source-unreachable",
    "the operator cannot reach a provider's source; what it installed is not touched by that",
    "F65",
)
OPERATOR_METADATA_AT_FAULT = _code(
    "0748",
    "operator-metadata-at-fault",
    "the operator speaks of a contract where the metadata is at fault",
    "F49",
)
OPERATOR_REPORTS_FAILURE = _code(
    "0749", "operator-reports-failure", "the operator reports that a provider is not installed as asked"
)
CLUSTER_CONTRACT_OLDER = _code(
    "0750", "cluster-contract-older", "the management cluster speaks an older contract than clusterctl", "F51"
)
INSTALLED_IN_ANOTHER_VERSION = _code(
    "0751", "installed-in-another-version", "the provider is installed already, in another version"
)
INSTALLED_IN_ANOTHER_NAMESPACE = _code(
    "0752", "installed-in-another-namespace", "the provider is installed already, in another namespace"
)
CORE_CONTRACT_OLDER = _code(
    "0753", "core-contract-older", "a core of an older contract than clusterctl's is to be installed"
)
UPGRADE_PIN_BINDS = _code(
    "0901", "upgrade-pin-binds", "the configuration pins a version, and the plan keeps to it", "F14"
)
UPGRADE_IN_STEPS = _code("0902", "upgrade-in-steps", "an upgrade has to be made in several steps")
UPGRADE_PARTIAL = _code(
    "0903", "upgrade-partial", "an upgrade to another contract is not possible for every provider"
)
CANDIDATE_WITHOUT_SERIES = _code(
    "0904",
    "candidate-without-series",
    "a listed version is in no release series of the newest metadata",
    "F44",
)
INSTALLED_SERIES_FORGOTTEN = _code(
    "0905", "installed-series-forgotten", "newer metadata no longer lists the installed release series", "F45"
)
PRERELEASE_CHANNEL = _code(
    "0906", "prerelease-channel", "a pre-release is installed, and newer ones of its channel count", "F37"
)
CERT_MANAGER_UPGRADE = _code("0907", "cert-manager-upgrade", "what an upgrade means for cert-manager")
CERT_MANAGER_MISSING = _code(
    "0710", "cert-manager-missing", "the providers need cert-manager, and it is not there"
)
CERT_MANAGER_NOT_READY = _code("0711", "cert-manager-not-ready", "cert-manager is not ready", "F61")
PERMISSIONS_MISSING = _code(
    "0712", "permissions-missing", "an installation needs permissions that these credentials lack"
)
NODE_NOT_READY = _code("0713", "node-not-ready", "nodes of the cluster are not ready")
INSTALLATION_UNFINISHED = _code(
    "0714", "installation-unfinished", "an installation was begun and never recorded", "F60"
)
PROXY_COVERS_CLUSTER = _code(
    "0715", "proxy-covers-cluster", "a proxy stands between this machine and the cluster", "F24"
)
KUBERNETES_NOT_AS_ASKED = _code(
    "1020", "kubernetes-not-as-asked", "the server is not the Kubernetes that was asked for", "F75"
)
KUBERNETES_TOO_OLD = _code("1021", "kubernetes-too-old", "the server is older than the core supports", "F62")
KUBERNETES_TOO_NEW = _code(
    "1022", "kubernetes-too-new", "the server is newer than the core is known to support", "F62"
)
KUBERNETES_VERSION_UNREADABLE = _code(
    "1023", "kubernetes-version-unreadable", "a Kubernetes version cannot be read"
)
KUBECONFIG_MISSING = _code("0703", "kubeconfig-missing", "a kubeconfig that was named does not exist")
KUBECONFIG_UNREADABLE = _code("0704", "kubeconfig-unreadable", "a kubeconfig cannot be read")
CONTEXT_UNKNOWN = _code("0705", "context-unknown", "the context is not in the kubeconfig")
CONTEXT_INCOMPLETE = _code(
    "0706", "context-incomplete", "the context lacks its cluster or its user in the kubeconfig"
)
NO_CLUSTER_NAMED = _code("0707", "no-cluster-named", "nothing names a management cluster")
WORKLOAD_KUBECONFIG_MISSING = _code(
    "0708", "workload-kubeconfig-missing", "the cluster has no kubeconfig in the management cluster"
)
WORKLOAD_KUBECONFIG_UNUSABLE = _code(
    "0709", "workload-kubeconfig-unusable", "the secret of a cluster holds no usable kubeconfig"
)
API_SERVER_UNREACHABLE = _code("1001", "api-server-unreachable", "the API server could not be reached", "F74")
API_SERVER_NOT_READY = _code("1002", "api-server-not-ready", "the API server is not ready", "F74")
API_CERTIFICATE_REJECTED = _code(
    "1003", "api-certificate-rejected", "no trusted TLS connection to the API server"
)
API_WRONG_HOST = _code("1004", "api-wrong-host", "the API server's certificate is for another name")
API_UNAUTHENTICATED = _code("1005", "api-unauthenticated", "the API server does not accept the credential")
API_FORBIDDEN = _code("1006", "api-forbidden", "the user lacks permissions on the management cluster")
API_CREDENTIAL_UNAVAILABLE = _code(
    "1007", "api-credential-unavailable", "no credential for the API server could be had"
)
API_NOT_KUBERNETES = _code("1008", "api-not-kubernetes", "what answers is not a Kubernetes API server")
API_REQUEST_REJECTED = _code("1009", "api-request-rejected", "the API server rejects a question")
API_UNVERIFIED = _code("1010", "api-unverified", "the API server's certificate is not checked")
NODE_VERSION_SKEW = _code("1024", "node-version-skew", "a kubelet is too far from the version of the server")
ADDRESSES_NOT_SET = _code(
    "1025", "addresses-not-set", "a control-plane node does not know the API servers' addresses yet", "F74"
)
CLOCK_SKEW = _code("1026", "clock-skew", "the server's clock and this machine's differ")
SERVER_PART_NOT_READY = _code("1027", "server-part-not-ready", "a part of the API server is not ready")
AGGREGATE_OF_NOTHING = _code(
    "0760", "aggregate-of-nothing", "the core reports conditions wrongly by a known fault", "F73"
)
CONDITIONS_DIFFER = _code(
    "0761", "conditions-differ", "stored conditions differ from what their sources say", "F73"
)
CLUSTER_NOT_FOUND = _code("0762", "cluster-not-found", "there is no Cluster of that name")
CLUSTER_API_ABSENT = _code("0763", "cluster-api-absent", "the API server does not serve Cluster API")
REFERENCE_UNREADABLE = _code(
    "0764", "reference-unreadable", "an object that is referred to cannot be looked up"
)
OBJECT_REFUSED = _code("0730", "object-refused", "the cluster refuses an object")
OBJECT_NOT_OURS = _code("0731", "object-not-ours", "an object is there already and belongs to somebody else")
OBJECT_UNUSABLE = _code("0732", "object-unusable", "a rendered object cannot be applied")
FIELDS_TAKEN_OVER = _code("0733", "fields-taken-over", "fields of another field manager are taken over")
WRITE_NOT_IN_TIME = _code("0734", "write-not-in-time", "an object could not be written in time")
NOT_READY_IN_TIME = _code(
    "0735", "not-ready-in-time", "what was installed did not become ready in time", "F61"
)
BROKEN_OFF = _code("0770", "broken-off", "the cluster was changed and the work is incomplete", "F60")
INSTALLATION_RESUMED = _code(
    "0771", "installation-resumed", "an installation that was broken off has been finished", "F60"
)
ANOTHER_RUN_WRITES = _code("0772", "another-run-writes", "another run of capyctl is changing this cluster")
LEASE_TAKEN_OVER = _code("0773", "lease-taken-over", "the lease of a run that is gone was taken over", "F60")
INSTALLATION_INTERRUPTED = _code(
    "0774", "installation-interrupted", "an installation was broken off and is not finished", "F60"
)
RECORD_OVERTAKEN = _code(
    "0775", "record-overtaken", "somebody changed what a broken-off installation was to bring"
)
CREDENTIALS_DEFAULTED = _code(
    "0776", "credentials-defaulted", "variables that look like credentials keep their defaults", "F16"
)
TEMPLATE_NOT_EXPANDED = _code(
    "0777", "template-not-expanded", "a provider runs with a variable that nobody expanded", "F57"
)
PROVIDER_NOT_INSTALLED = _code("0790", "provider-not-installed", "a provider that was named is not installed")
OTHER_VERSION_INSTALLED = _code(
    "0791", "other-version-installed", "another version of the provider is installed than the one named"
)
CLUSTERS_EXIST = _code("0792", "clusters-exist", "Clusters exist that nobody would manage any more")
DEFINITIONS_IN_USE = _code(
    "0793", "definitions-in-use", "objects exist of definitions that are to be deleted"
)
NAMESPACE_SHARED = _code(
    "0794", "namespace-shared", "another provider lives in a namespace that is to be deleted"
)
DELETION_BLOCKED = _code("0795", "deletion-blocked", "an object that was deleted does not go away")
API_GROUP_UNAVAILABLE = _code(
    "0796", "api-group-unavailable", "an API group does not answer, so its objects are not known"
)
STAYS_IN_CLUSTER = _code("0797", "stays-in-cluster", "something of a provider stays in the cluster")
DELETION_INTERRUPTED = _code(
    "0798", "deletion-interrupted", "a deletion of providers was broken off and is not finished"
)
UPGRADE_PLAN_CHANGED = _code(
    "0930", "upgrade-plan-changed", "the cluster is not what the saved plan was made for"
)
UPGRADE_PLAN_UNUSABLE = _code(
    "0931", "upgrade-plan-unusable", "a file holds no upgrade plan that can be applied"
)
STORED_VERSION_DROPPED = _code(
    "0932", "stored-version-dropped", "a new definition lacks a version in which objects are stored"
)
UPGRADE_NOT_INSTALLED = _code("0933", "upgrade-not-installed", "a provider to be upgraded is not installed")
UPGRADE_LEAVES_BEHIND = _code(
    "0934", "upgrade-leaves-behind", "an installed provider would not fit the core after the upgrade", "F52"
)
UPGRADE_TOO_FAR = _code("0935", "upgrade-too-far", "one upgrade goes three minor releases ahead at most")
UPGRADE_GOES_BACK = _code("0936", "upgrade-goes-back", "an older version than the installed one is asked for")
UPGRADE_NOT_PLANNED = _code("0937", "upgrade-not-planned", "no upgrade leads to what was asked for")
UPGRADE_WITHOUT_SOURCE = _code(
    "0938", "upgrade-without-source", "an installed provider has no known source and stays as it is", "F64"
)
UPGRADE_SCALES_DOWN = _code(
    "0939", "upgrade-scales-down", "a provider is stopped while its conversion webhook is replaced"
)
