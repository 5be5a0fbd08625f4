"""The JSON fields of the Kubernetes types through which clusterctl passes some objects (10.5, 10.6).

Facts of k8s.io/api and k8s.io/apiextensions-apiserver v0.35.4, the versions inside clusterctl v1.13.6;
printed by tests/oracles/kubernetes_types, and a test compares. One type a line, continued where indented:
``Type name=KIND``. A kind is ``s`` text, ``b`` boolean, ``i`` whole number, ``f`` number, ``q`` quantity,
``t`` time, ``x`` whole number or text, ``y`` bytes in base64, ``j`` any JSON, ``OrBool``, ``OrArray`` and
``OrStringArray`` a JSON schema or one of these, or another type; ``*`` before it is a pointer, ``[]`` a list,
``{}`` a map; ``?`` after it means that an empty value is left out, ``!`` that a zero one is.
"""

from __future__ import annotations

FIELDS = """\
AWSElasticBlockStoreVolumeSource fsType=s? partition=i? readOnly=b? volumeID=s
Affinity nodeAffinity=*NodeAffinity? podAffinity=*PodAffinity? podAntiAffinity=*PodAntiAffinity?
AppArmorProfile localhostProfile=*s? type=s
AzureDiskVolumeSource cachingMode=*s? diskName=s diskURI=s fsType=*s? kind=*s? readOnly=*b?
AzureFileVolumeSource readOnly=b? secretName=s shareName=s
CSIVolumeSource driver=s fsType=*s? nodePublishSecretRef=*LocalObjectReference? readOnly=*b?
  volumeAttributes={}s?
Capabilities add=[]s? drop=[]s?
CephFSVolumeSource monitors=[]s path=s? readOnly=b? secretFile=s? secretRef=*LocalObjectReference?
  user=s?
CinderVolumeSource fsType=s? readOnly=b? secretRef=*LocalObjectReference? volumeID=s
ClusterRoleBinding apiVersion=s? kind=s? metadata=ObjectMeta roleRef=RoleRef subjects=[]Subject?
ClusterTrustBundleProjection labelSelector=*LabelSelector? name=*s? optional=*b? path=s
  signerName=*s?
ConfigMapEnvSource name=s? optional=*b?
ConfigMapKeySelector key=s name=s? optional=*b?
ConfigMapProjection items=[]KeyToPath? name=s? optional=*b?
ConfigMapVolumeSource defaultMode=*i? items=[]KeyToPath? name=s? optional=*b?
Container args=[]s? command=[]s? env=[]EnvVar? envFrom=[]EnvFromSource? image=s? imagePullPolicy=s?
  lifecycle=*Lifecycle? livenessProbe=*Probe? name=s ports=[]ContainerPort? readinessProbe=*Probe?
  resizePolicy=[]ContainerResizePolicy? resources=ResourceRequirements restartPolicy=*s?
  restartPolicyRules=[]ContainerRestartRule? securityContext=*SecurityContext? startupProbe=*Probe?
  stdin=b? stdinOnce=b? terminationMessagePath=s? terminationMessagePolicy=s? tty=b?
  volumeDevices=[]VolumeDevice? volumeMounts=[]VolumeMount? workingDir=s?
ContainerPort containerPort=i hostIP=s? hostPort=i? name=s? protocol=s?
ContainerResizePolicy resourceName=s restartPolicy=s
ContainerRestartRule action=s? exitCodes=*ContainerRestartRuleOnExitCodes?
ContainerRestartRuleOnExitCodes operator=s? values=[]i?
CustomResourceColumnDefinition description=s? format=s? jsonPath=s name=s priority=i? type=s
CustomResourceColumnDefinition.v1beta1 JSONPath=s description=s? format=s? name=s priority=i? type=s
CustomResourceConversion strategy=s webhook=*WebhookConversion?
CustomResourceConversion.v1beta1 conversionReviewVersions=[]s? strategy=s
  webhookClientConfig=*WebhookClientConfig.v1beta1?
CustomResourceDefinition apiVersion=s? kind=s? metadata=ObjectMeta spec=CustomResourceDefinitionSpec
  status=CustomResourceDefinitionStatus
CustomResourceDefinition.v1beta1 apiVersion=s? kind=s? metadata=ObjectMeta
  spec=CustomResourceDefinitionSpec.v1beta1 status=CustomResourceDefinitionStatus.v1beta1
CustomResourceDefinitionCondition lastTransitionTime=t message=s? observedGeneration=i? reason=s?
  status=s type=s
CustomResourceDefinitionCondition.v1beta1 lastTransitionTime=t message=s? observedGeneration=i?
  reason=s? status=s type=s
CustomResourceDefinitionNames categories=[]s? kind=s listKind=s? plural=s shortNames=[]s?
  singular=s?
CustomResourceDefinitionNames.v1beta1 categories=[]s? kind=s listKind=s? plural=s shortNames=[]s?
  singular=s?
CustomResourceDefinitionSpec conversion=*CustomResourceConversion? group=s
  names=CustomResourceDefinitionNames preserveUnknownFields=b? scope=s
  versions=[]CustomResourceDefinitionVersion
CustomResourceDefinitionSpec.v1beta1
  additionalPrinterColumns=[]CustomResourceColumnDefinition.v1beta1?
  conversion=*CustomResourceConversion.v1beta1? group=s names=CustomResourceDefinitionNames.v1beta1
  preserveUnknownFields=*b? scope=s selectableFields=[]SelectableField.v1beta1?
  subresources=*CustomResourceSubresources.v1beta1? validation=*CustomResourceValidation.v1beta1?
  version=s? versions=[]CustomResourceDefinitionVersion.v1beta1?
CustomResourceDefinitionStatus acceptedNames=CustomResourceDefinitionNames
  conditions=[]CustomResourceDefinitionCondition observedGeneration=i? storedVersions=[]s
CustomResourceDefinitionStatus.v1beta1 acceptedNames=CustomResourceDefinitionNames.v1beta1
  conditions=[]CustomResourceDefinitionCondition.v1beta1 observedGeneration=i? storedVersions=[]s
CustomResourceDefinitionVersion additionalPrinterColumns=[]CustomResourceColumnDefinition?
  deprecated=b? deprecationWarning=*s? name=s schema=*CustomResourceValidation?
  selectableFields=[]SelectableField? served=b storage=b subresources=*CustomResourceSubresources?
CustomResourceDefinitionVersion.v1beta1
  additionalPrinterColumns=[]CustomResourceColumnDefinition.v1beta1? deprecated=b?
  deprecationWarning=*s? name=s schema=*CustomResourceValidation.v1beta1?
  selectableFields=[]SelectableField.v1beta1? served=b storage=b
  subresources=*CustomResourceSubresources.v1beta1?
CustomResourceSubresourceScale labelSelectorPath=*s? specReplicasPath=s statusReplicasPath=s
CustomResourceSubresourceScale.v1beta1 labelSelectorPath=*s? specReplicasPath=s statusReplicasPath=s
CustomResourceSubresourceStatus
CustomResourceSubresourceStatus.v1beta1
CustomResourceSubresources scale=*CustomResourceSubresourceScale?
  status=*CustomResourceSubresourceStatus?
CustomResourceSubresources.v1beta1 scale=*CustomResourceSubresourceScale.v1beta1?
  status=*CustomResourceSubresourceStatus.v1beta1?
CustomResourceValidation openAPIV3Schema=*JSONSchemaProps?
CustomResourceValidation.v1beta1 openAPIV3Schema=*JSONSchemaProps.v1beta1?
DaemonSet apiVersion=s? kind=s? metadata=ObjectMeta spec=DaemonSetSpec status=DaemonSetStatus
DaemonSetCondition lastTransitionTime=t message=s? reason=s? status=s type=s
DaemonSetSpec minReadySeconds=i? revisionHistoryLimit=*i? selector=*LabelSelector
  template=PodTemplateSpec updateStrategy=DaemonSetUpdateStrategy
DaemonSetStatus collisionCount=*i? conditions=[]DaemonSetCondition? currentNumberScheduled=i
  desiredNumberScheduled=i numberAvailable=i? numberMisscheduled=i numberReady=i
  numberUnavailable=i? observedGeneration=i? updatedNumberScheduled=i?
DaemonSetUpdateStrategy rollingUpdate=*RollingUpdateDaemonSet? type=s?
Deployment apiVersion=s? kind=s? metadata=ObjectMeta spec=DeploymentSpec status=DeploymentStatus
DeploymentCondition lastTransitionTime=t lastUpdateTime=t message=s? reason=s? status=s type=s
DeploymentSpec minReadySeconds=i? paused=b? progressDeadlineSeconds=*i? replicas=*i?
  revisionHistoryLimit=*i? selector=*LabelSelector strategy=DeploymentStrategy
  template=PodTemplateSpec
DeploymentStatus availableReplicas=i? collisionCount=*i? conditions=[]DeploymentCondition?
  observedGeneration=i? readyReplicas=i? replicas=i? terminatingReplicas=*i? unavailableReplicas=i?
  updatedReplicas=i?
DeploymentStrategy rollingUpdate=*RollingUpdateDeployment? type=s?
DownwardAPIProjection items=[]DownwardAPIVolumeFile?
DownwardAPIVolumeFile fieldRef=*ObjectFieldSelector? mode=*i? path=s
  resourceFieldRef=*ResourceFieldSelector?
DownwardAPIVolumeSource defaultMode=*i? items=[]DownwardAPIVolumeFile?
EmptyDirVolumeSource medium=s? sizeLimit=*q?
EnvFromSource configMapRef=*ConfigMapEnvSource? prefix=s? secretRef=*SecretEnvSource?
EnvVar name=s value=s? valueFrom=*EnvVarSource?
EnvVarSource configMapKeyRef=*ConfigMapKeySelector? fieldRef=*ObjectFieldSelector?
  fileKeyRef=*FileKeySelector? resourceFieldRef=*ResourceFieldSelector?
  secretKeyRef=*SecretKeySelector?
EphemeralContainer args=[]s? command=[]s? env=[]EnvVar? envFrom=[]EnvFromSource? image=s?
  imagePullPolicy=s? lifecycle=*Lifecycle? livenessProbe=*Probe? name=s ports=[]ContainerPort?
  readinessProbe=*Probe? resizePolicy=[]ContainerResizePolicy? resources=ResourceRequirements
  restartPolicy=*s? restartPolicyRules=[]ContainerRestartRule? securityContext=*SecurityContext?
  startupProbe=*Probe? stdin=b? stdinOnce=b? targetContainerName=s? terminationMessagePath=s?
  terminationMessagePolicy=s? tty=b? volumeDevices=[]VolumeDevice? volumeMounts=[]VolumeMount?
  workingDir=s?
EphemeralVolumeSource volumeClaimTemplate=*PersistentVolumeClaimTemplate?
ExecAction command=[]s?
ExternalDocumentation description=s? url=s?
ExternalDocumentation.v1beta1 description=s? url=s?
FCVolumeSource fsType=s? lun=*i? readOnly=b? targetWWNs=[]s? wwids=[]s?
FileKeySelector key=s optional=*b? path=s volumeName=s
FlexVolumeSource driver=s fsType=s? options={}s? readOnly=b? secretRef=*LocalObjectReference?
FlockerVolumeSource datasetName=s? datasetUUID=s?
GCEPersistentDiskVolumeSource fsType=s? partition=i? pdName=s readOnly=b?
GRPCAction port=i service=*s
GitRepoVolumeSource directory=s? repository=s revision=s?
GlusterfsVolumeSource endpoints=s path=s readOnly=b?
HTTPGetAction host=s? httpHeaders=[]HTTPHeader? path=s? port=x scheme=s?
HTTPHeader name=s value=s
HostAlias hostnames=[]s? ip=s
HostPathVolumeSource path=s type=*s?
ISCSIVolumeSource chapAuthDiscovery=b? chapAuthSession=b? fsType=s? initiatorName=*s? iqn=s
  iscsiInterface=s? lun=i portals=[]s? readOnly=b? secretRef=*LocalObjectReference? targetPortal=s
ImageVolumeSource pullPolicy=s? reference=s?
JSONSchemaProps $ref=*s? $schema=s? additionalItems=*OrBool.v1? additionalProperties=*OrBool.v1?
  allOf=[]JSONSchemaProps? anyOf=[]JSONSchemaProps? default=*j? definitions={}JSONSchemaProps?
  dependencies={}OrStringArray.v1? description=s? enum=[]j? example=*j? exclusiveMaximum=b?
  exclusiveMinimum=b? externalDocs=*ExternalDocumentation? format=s? id=s? items=*OrArray.v1?
  maxItems=*i? maxLength=*i? maxProperties=*i? maximum=*f? minItems=*i? minLength=*i?
  minProperties=*i? minimum=*f? multipleOf=*f? not=*JSONSchemaProps? nullable=b?
  oneOf=[]JSONSchemaProps? pattern=s? patternProperties={}JSONSchemaProps?
  properties={}JSONSchemaProps? required=[]s? title=s? type=s? uniqueItems=b?
  x-kubernetes-embedded-resource=b? x-kubernetes-int-or-string=b? x-kubernetes-list-map-keys=[]s?
  x-kubernetes-list-type=*s? x-kubernetes-map-type=*s? x-kubernetes-preserve-unknown-fields=*b?
  x-kubernetes-validations=[]ValidationRule?
JSONSchemaProps.v1beta1 $ref=*s? $schema=s? additionalItems=*OrBool.v1beta1?
  additionalProperties=*OrBool.v1beta1? allOf=[]JSONSchemaProps.v1beta1?
  anyOf=[]JSONSchemaProps.v1beta1? default=*j? definitions={}JSONSchemaProps.v1beta1?
  dependencies={}OrStringArray.v1beta1? description=s? enum=[]j? example=*j? exclusiveMaximum=b?
  exclusiveMinimum=b? externalDocs=*ExternalDocumentation.v1beta1? format=s? id=s?
  items=*OrArray.v1beta1? maxItems=*i? maxLength=*i? maxProperties=*i? maximum=*f? minItems=*i?
  minLength=*i? minProperties=*i? minimum=*f? multipleOf=*f? not=*JSONSchemaProps.v1beta1?
  nullable=b? oneOf=[]JSONSchemaProps.v1beta1? pattern=s?
  patternProperties={}JSONSchemaProps.v1beta1? properties={}JSONSchemaProps.v1beta1? required=[]s?
  title=s? type=s? uniqueItems=b? x-kubernetes-embedded-resource=b? x-kubernetes-int-or-string=b?
  x-kubernetes-list-map-keys=[]s? x-kubernetes-list-type=*s? x-kubernetes-map-type=*s?
  x-kubernetes-preserve-unknown-fields=*b? x-kubernetes-validations=[]ValidationRule.v1beta1?
KeyToPath key=s mode=*i? path=s
LabelSelector matchExpressions=[]LabelSelectorRequirement? matchLabels={}s?
LabelSelectorRequirement key=s operator=s values=[]s?
Lifecycle postStart=*LifecycleHandler? preStop=*LifecycleHandler? stopSignal=*s?
LifecycleHandler exec=*ExecAction? httpGet=*HTTPGetAction? sleep=*SleepAction?
  tcpSocket=*TCPSocketAction?
LocalObjectReference name=s?
ManagedFieldsEntry apiVersion=s? fieldsType=s? fieldsV1=*j? manager=s? operation=s? subresource=s?
  time=*t?
MatchCondition expression=s name=s
MatchCondition.v1beta1 expression=s name=s
MutatingWebhook admissionReviewVersions=[]s clientConfig=WebhookClientConfig failurePolicy=*s?
  matchConditions=[]MatchCondition? matchPolicy=*s? name=s namespaceSelector=*LabelSelector?
  objectSelector=*LabelSelector? reinvocationPolicy=*s? rules=[]RuleWithOperations? sideEffects=*s
  timeoutSeconds=*i?
MutatingWebhook.v1beta1 admissionReviewVersions=[]s? clientConfig=WebhookClientConfig.v1beta1
  failurePolicy=*s? matchConditions=[]MatchCondition.v1beta1? matchPolicy=*s? name=s
  namespaceSelector=*LabelSelector? objectSelector=*LabelSelector? reinvocationPolicy=*s?
  rules=[]RuleWithOperations? sideEffects=*s? timeoutSeconds=*i?
MutatingWebhookConfiguration apiVersion=s? kind=s? metadata=ObjectMeta webhooks=[]MutatingWebhook?
MutatingWebhookConfiguration.v1beta1 apiVersion=s? kind=s? metadata=ObjectMeta
  webhooks=[]MutatingWebhook.v1beta1?
NFSVolumeSource path=s readOnly=b? server=s
NodeAffinity preferredDuringSchedulingIgnoredDuringExecution=[]PreferredSchedulingTerm?
  requiredDuringSchedulingIgnoredDuringExecution=*NodeSelector?
NodeSelector nodeSelectorTerms=[]NodeSelectorTerm
NodeSelectorRequirement key=s operator=s values=[]s?
NodeSelectorTerm matchExpressions=[]NodeSelectorRequirement? matchFields=[]NodeSelectorRequirement?
ObjectFieldSelector apiVersion=s? fieldPath=s
ObjectMeta annotations={}s? creationTimestamp=t! deletionGracePeriodSeconds=*i?
  deletionTimestamp=*t? finalizers=[]s? generateName=s? generation=i? labels={}s?
  managedFields=[]ManagedFieldsEntry? name=s? namespace=s? ownerReferences=[]OwnerReference?
  resourceVersion=s? selfLink=s? uid=s?
OwnerReference apiVersion=s blockOwnerDeletion=*b? controller=*b? kind=s name=s uid=s
PersistentVolumeClaimSpec accessModes=[]s? dataSource=*TypedLocalObjectReference?
  dataSourceRef=*TypedObjectReference? resources=VolumeResourceRequirements selector=*LabelSelector?
  storageClassName=*s? volumeAttributesClassName=*s? volumeMode=*s? volumeName=s?
PersistentVolumeClaimTemplate metadata=ObjectMeta spec=PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource claimName=s readOnly=b?
PhotonPersistentDiskVolumeSource fsType=s? pdID=s
PodAffinity preferredDuringSchedulingIgnoredDuringExecution=[]WeightedPodAffinityTerm?
  requiredDuringSchedulingIgnoredDuringExecution=[]PodAffinityTerm?
PodAffinityTerm labelSelector=*LabelSelector? matchLabelKeys=[]s? mismatchLabelKeys=[]s?
  namespaceSelector=*LabelSelector? namespaces=[]s? topologyKey=s
PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution=[]WeightedPodAffinityTerm?
  requiredDuringSchedulingIgnoredDuringExecution=[]PodAffinityTerm?
PodCertificateProjection certificateChainPath=s? credentialBundlePath=s? keyPath=s? keyType=s?
  maxExpirationSeconds=*i? signerName=s? userAnnotations={}s?
PodDNSConfig nameservers=[]s? options=[]PodDNSConfigOption? searches=[]s?
PodDNSConfigOption name=s? value=*s?
PodOS name=s
PodReadinessGate conditionType=s
PodResourceClaim name=s resourceClaimName=*s? resourceClaimTemplateName=*s?
PodSchedulingGate name=s
PodSecurityContext appArmorProfile=*AppArmorProfile? fsGroup=*i? fsGroupChangePolicy=*s?
  runAsGroup=*i? runAsNonRoot=*b? runAsUser=*i? seLinuxChangePolicy=*s?
  seLinuxOptions=*SELinuxOptions? seccompProfile=*SeccompProfile? supplementalGroups=[]i?
  supplementalGroupsPolicy=*s? sysctls=[]Sysctl? windowsOptions=*WindowsSecurityContextOptions?
PodSpec activeDeadlineSeconds=*i? affinity=*Affinity? automountServiceAccountToken=*b?
  containers=[]Container dnsConfig=*PodDNSConfig? dnsPolicy=s? enableServiceLinks=*b?
  ephemeralContainers=[]EphemeralContainer? hostAliases=[]HostAlias? hostIPC=b? hostNetwork=b?
  hostPID=b? hostUsers=*b? hostname=s? hostnameOverride=*s? imagePullSecrets=[]LocalObjectReference?
  initContainers=[]Container? nodeName=s? nodeSelector={}s? os=*PodOS? overhead={}q?
  preemptionPolicy=*s? priority=*i? priorityClassName=s? readinessGates=[]PodReadinessGate?
  resourceClaims=[]PodResourceClaim? resources=*ResourceRequirements? restartPolicy=s?
  runtimeClassName=*s? schedulerName=s? schedulingGates=[]PodSchedulingGate?
  securityContext=*PodSecurityContext? serviceAccount=s? serviceAccountName=s? setHostnameAsFQDN=*b?
  shareProcessNamespace=*b? subdomain=s? terminationGracePeriodSeconds=*i? tolerations=[]Toleration?
  topologySpreadConstraints=[]TopologySpreadConstraint? volumes=[]Volume?
  workloadRef=*WorkloadReference?
PodTemplateSpec metadata=ObjectMeta spec=PodSpec
PortworxVolumeSource fsType=s? readOnly=b? volumeID=s
PreferredSchedulingTerm preference=NodeSelectorTerm weight=i
Probe exec=*ExecAction? failureThreshold=i? grpc=*GRPCAction? httpGet=*HTTPGetAction?
  initialDelaySeconds=i? periodSeconds=i? successThreshold=i? tcpSocket=*TCPSocketAction?
  terminationGracePeriodSeconds=*i? timeoutSeconds=i?
ProjectedVolumeSource defaultMode=*i? sources=[]VolumeProjection
QuobyteVolumeSource group=s? readOnly=b? registry=s tenant=s? user=s? volume=s
RBDVolumeSource fsType=s? image=s keyring=s? monitors=[]s pool=s? readOnly=b?
  secretRef=*LocalObjectReference? user=s?
ResourceClaim name=s request=s?
ResourceFieldSelector containerName=s? divisor=q resource=s
ResourceRequirements claims=[]ResourceClaim? limits={}q? requests={}q?
RoleBinding apiVersion=s? kind=s? metadata=ObjectMeta roleRef=RoleRef subjects=[]Subject?
RoleRef apiGroup=s kind=s name=s
RollingUpdateDaemonSet maxSurge=*x? maxUnavailable=*x?
RollingUpdateDeployment maxSurge=*x? maxUnavailable=*x?
RuleWithOperations apiGroups=[]s? apiVersions=[]s? operations=[]s? resources=[]s? scope=*s?
SELinuxOptions level=s? role=s? type=s? user=s?
ScaleIOVolumeSource fsType=s? gateway=s protectionDomain=s? readOnly=b?
  secretRef=*LocalObjectReference sslEnabled=b? storageMode=s? storagePool=s? system=s volumeName=s?
SeccompProfile localhostProfile=*s? type=s
SecretEnvSource name=s? optional=*b?
SecretKeySelector key=s name=s? optional=*b?
SecretProjection items=[]KeyToPath? name=s? optional=*b?
SecretVolumeSource defaultMode=*i? items=[]KeyToPath? optional=*b? secretName=s?
SecurityContext allowPrivilegeEscalation=*b? appArmorProfile=*AppArmorProfile?
  capabilities=*Capabilities? privileged=*b? procMount=*s? readOnlyRootFilesystem=*b? runAsGroup=*i?
  runAsNonRoot=*b? runAsUser=*i? seLinuxOptions=*SELinuxOptions? seccompProfile=*SeccompProfile?
  windowsOptions=*WindowsSecurityContextOptions?
SelectableField jsonPath=s
SelectableField.v1beta1 jsonPath=s
ServiceAccountTokenProjection audience=s? expirationSeconds=*i? path=s
ServiceReference name=s namespace=s path=*s? port=*i?
ServiceReference.v1 name=s namespace=s path=*s? port=*i?
ServiceReference.v1beta1 name=s namespace=s path=*s? port=*i?
ServiceReference.v1beta1 name=s namespace=s path=*s? port=*i?
SleepAction seconds=i
StorageOSVolumeSource fsType=s? readOnly=b? secretRef=*LocalObjectReference? volumeName=s?
  volumeNamespace=s?
Subject apiGroup=s? kind=s name=s namespace=s?
Sysctl name=s value=s
TCPSocketAction host=s? port=x
Toleration effect=s? key=s? operator=s? tolerationSeconds=*i? value=s?
TopologySpreadConstraint labelSelector=*LabelSelector? matchLabelKeys=[]s? maxSkew=i minDomains=*i?
  nodeAffinityPolicy=*s? nodeTaintsPolicy=*s? topologyKey=s whenUnsatisfiable=s
TypedLocalObjectReference apiGroup=*s kind=s name=s
TypedObjectReference apiGroup=*s kind=s name=s namespace=*s?
ValidatingWebhook admissionReviewVersions=[]s clientConfig=WebhookClientConfig failurePolicy=*s?
  matchConditions=[]MatchCondition? matchPolicy=*s? name=s namespaceSelector=*LabelSelector?
  objectSelector=*LabelSelector? rules=[]RuleWithOperations? sideEffects=*s timeoutSeconds=*i?
ValidatingWebhook.v1beta1 admissionReviewVersions=[]s? clientConfig=WebhookClientConfig.v1beta1
  failurePolicy=*s? matchConditions=[]MatchCondition.v1beta1? matchPolicy=*s? name=s
  namespaceSelector=*LabelSelector? objectSelector=*LabelSelector? rules=[]RuleWithOperations?
  sideEffects=*s? timeoutSeconds=*i?
ValidatingWebhookConfiguration apiVersion=s? kind=s? metadata=ObjectMeta
  webhooks=[]ValidatingWebhook?
ValidatingWebhookConfiguration.v1beta1 apiVersion=s? kind=s? metadata=ObjectMeta
  webhooks=[]ValidatingWebhook.v1beta1?
ValidationRule fieldPath=s? message=s? messageExpression=s? optionalOldSelf=*b? reason=*s? rule=s
ValidationRule.v1beta1 fieldPath=s? message=s? messageExpression=s? optionalOldSelf=*b? reason=*s?
  rule=s
Volume awsElasticBlockStore=*AWSElasticBlockStoreVolumeSource? azureDisk=*AzureDiskVolumeSource?
  azureFile=*AzureFileVolumeSource? cephfs=*CephFSVolumeSource? cinder=*CinderVolumeSource?
  configMap=*ConfigMapVolumeSource? csi=*CSIVolumeSource? downwardAPI=*DownwardAPIVolumeSource?
  emptyDir=*EmptyDirVolumeSource? ephemeral=*EphemeralVolumeSource? fc=*FCVolumeSource?
  flexVolume=*FlexVolumeSource? flocker=*FlockerVolumeSource?
  gcePersistentDisk=*GCEPersistentDiskVolumeSource? gitRepo=*GitRepoVolumeSource?
  glusterfs=*GlusterfsVolumeSource? hostPath=*HostPathVolumeSource? image=*ImageVolumeSource?
  iscsi=*ISCSIVolumeSource? name=s nfs=*NFSVolumeSource?
  persistentVolumeClaim=*PersistentVolumeClaimVolumeSource?
  photonPersistentDisk=*PhotonPersistentDiskVolumeSource? portworxVolume=*PortworxVolumeSource?
  projected=*ProjectedVolumeSource? quobyte=*QuobyteVolumeSource? rbd=*RBDVolumeSource?
  scaleIO=*ScaleIOVolumeSource? secret=*SecretVolumeSource? storageos=*StorageOSVolumeSource?
  vsphereVolume=*VsphereVirtualDiskVolumeSource?
VolumeDevice devicePath=s name=s
VolumeMount mountPath=s mountPropagation=*s? name=s readOnly=b? recursiveReadOnly=*s? subPath=s?
  subPathExpr=s?
VolumeProjection clusterTrustBundle=*ClusterTrustBundleProjection? configMap=*ConfigMapProjection?
  downwardAPI=*DownwardAPIProjection? podCertificate=*PodCertificateProjection?
  secret=*SecretProjection? serviceAccountToken=*ServiceAccountTokenProjection?
VolumeResourceRequirements limits={}q? requests={}q?
VsphereVirtualDiskVolumeSource fsType=s? storagePolicyID=s? storagePolicyName=s? volumePath=s
WebhookClientConfig caBundle=y? service=*ServiceReference? url=*s?
WebhookClientConfig.v1 caBundle=y? service=*ServiceReference.v1? url=*s?
WebhookClientConfig.v1beta1 caBundle=y? service=*ServiceReference.v1beta1? url=*s?
WebhookClientConfig.v1beta1 caBundle=y? service=*ServiceReference.v1beta1? url=*s?
WebhookConversion clientConfig=*WebhookClientConfig.v1? conversionReviewVersions=[]s
WeightedPodAffinityTerm podAffinityTerm=PodAffinityTerm weight=i
WindowsSecurityContextOptions gmsaCredentialSpec=*s? gmsaCredentialSpecName=*s? hostProcess=*b?
  runAsUserName=*s?
WorkloadReference name=s podGroup=s podGroupReplicaKey=s?
"""
