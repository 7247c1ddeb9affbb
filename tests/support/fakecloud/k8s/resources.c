/* resources.c: the API surface: groups, versions, resources, subresources. */
#include <string.h>

#include "k8s/tables.h"

#define ALL                                                                                        \
    "\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\",\"update\",\"watch\""
#define NO_DELETECOLLECTION "\"create\",\"delete\",\"get\",\"list\",\"patch\",\"update\",\"watch\""
#define GET_LIST "\"get\",\"list\""
#define CREATE "\"create\""
#define GPU "\"get\",\"patch\",\"update\""

#define SUBS(a) (a), sizeof(a) / sizeof((a)[0])
#define NO_SUBS NULL, 0

static const struct k8s_subresource status_sub[] = {{"status", NULL, NULL, NULL, GPU}};
static const struct k8s_subresource scale_subs[] = {
    {"scale", "Scale", "autoscaling", "v1", GPU},
    {"status", NULL, NULL, NULL, GPU},
};
static const struct k8s_subresource namespace_subs[] = {
    {"finalize", NULL, NULL, NULL, "\"update\""},
    {"status", NULL, NULL, NULL, GPU},
};
static const struct k8s_subresource node_subs[] = {
    {"proxy", "NodeProxyOptions", NULL, NULL, CREATE ",\"delete\"," GPU},
    {"status", NULL, NULL, NULL, GPU},
};
static const struct k8s_subresource pod_subs[] = {
    {"attach", "PodAttachOptions", NULL, NULL, CREATE ",\"get\""},
    {"binding", "Binding", NULL, NULL, CREATE},
    {"ephemeralcontainers", NULL, NULL, NULL, GPU},
    {"eviction", "Eviction", "policy", "v1", CREATE},
    {"exec", "PodExecOptions", NULL, NULL, CREATE ",\"get\""},
    {"log", NULL, NULL, NULL, "\"get\""},
    {"portforward", "PodPortForwardOptions", NULL, NULL, CREATE ",\"get\""},
    {"proxy", "PodProxyOptions", NULL, NULL, CREATE ",\"delete\"," GPU},
    {"status", NULL, NULL, NULL, GPU},
};
static const struct k8s_subresource service_subs[] = {
    {"proxy", "ServiceProxyOptions", NULL, NULL, CREATE ",\"delete\"," GPU},
    {"status", NULL, NULL, NULL, GPU},
};
static const struct k8s_subresource serviceaccount_subs[] = {
    {"token", "TokenRequest", "authentication.k8s.io", "v1", CREATE},
};
static const struct k8s_subresource rc_subs[] = {
    {"scale", "Scale", "autoscaling", "v1", GPU},
    {"status", NULL, NULL, NULL, GPU},
};
static const struct k8s_subresource csr_subs[] = {
    {"approval", NULL, NULL, NULL, GPU},
    {"status", NULL, NULL, NULL, GPU},
};

#define STATUS SUBS(status_sub)
#define SCALE SUBS(scale_subs)
#define RBAC "rbac.authorization.k8s.io"
#define ADMISSION "admissionregistration.k8s.io"
#define STORAGE "storage.k8s.io"
#define NETWORK "networking.k8s.io"
#define FLOW "flowcontrol.apiserver.k8s.io"

/* group, version, plural, singular, kind, verbs, short names, categories, subresources, store,
 * template, namespaced, custom, unpaged */
const struct k8s_resource k8s_resources[] = {
    {"", "v1", "bindings", "binding", "Binding", CREATE, NULL, NULL, NO_SUBS, K8S_NO_STORE, NULL,
     true, false, false},
    {"", "v1", "componentstatuses", "componentstatus", "ComponentStatus", GET_LIST, "\"cs\"", NULL,
     NO_SUBS, K8S_COMPONENTSTATUSES, NULL, false, false, true},
    {"", "v1", "configmaps", "configmap", "ConfigMap", ALL, "\"cm\"", NULL, NO_SUBS, K8S_CONFIGMAPS,
     NULL, true, false, false},
    {"", "v1", "endpoints", "endpoints", "Endpoints", ALL, "\"ep\"", NULL, NO_SUBS, K8S_ENDPOINTS,
     NULL, true, false, false},
    {"", "v1", "events", "event", "Event", ALL, "\"ev\"", NULL, NO_SUBS, K8S_EVENTS, NULL, true,
     false, false},
    {"", "v1", "limitranges", "limitrange", "LimitRange", ALL, "\"limits\"", NULL, NO_SUBS,
     K8S_LIMITRANGES, NULL, true, false, false},
    {"", "v1", "namespaces", "namespace", "Namespace", NO_DELETECOLLECTION, "\"ns\"", NULL,
     SUBS(namespace_subs), K8S_NAMESPACES, NULL, false, false, false},
    {"", "v1", "nodes", "node", "Node", ALL, "\"no\"", NULL, SUBS(node_subs), K8S_NODES, NULL,
     false, false, false},
    {"", "v1", "persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", ALL,
     "\"pvc\"", NULL, STATUS, K8S_PVCS, NULL, true, false, false},
    {"", "v1", "persistentvolumes", "persistentvolume", "PersistentVolume", ALL, "\"pv\"", NULL,
     STATUS, K8S_PVS, NULL, false, false, false},
    {"", "v1", "pods", "pod", "Pod", ALL, "\"po\"", "\"all\"", SUBS(pod_subs), K8S_PODS, NULL, true,
     false, false},
    {"", "v1", "podtemplates", "podtemplate", "PodTemplate", ALL, NULL, NULL, NO_SUBS,
     K8S_PODTEMPLATES, NULL, true, false, false},
    {"", "v1", "replicationcontrollers", "replicationcontroller", "ReplicationController", ALL,
     "\"rc\"", "\"all\"", SUBS(rc_subs), K8S_REPLICATIONCONTROLLERS, NULL, true, false, false},
    {"", "v1", "resourcequotas", "resourcequota", "ResourceQuota", ALL, "\"quota\"", NULL, STATUS,
     K8S_RESOURCEQUOTAS, NULL, true, false, false},
    {"", "v1", "secrets", "secret", "Secret", ALL, NULL, NULL, NO_SUBS, K8S_SECRETS, NULL, true,
     false, false},
    {"", "v1", "serviceaccounts", "serviceaccount", "ServiceAccount", ALL, "\"sa\"", NULL,
     SUBS(serviceaccount_subs), K8S_SERVICEACCOUNTS, NULL, true, false, false},
    {"", "v1", "services", "service", "Service", ALL, "\"svc\"", "\"all\"", SUBS(service_subs),
     K8S_SERVICES, NULL, true, false, false},

    {"apiregistration.k8s.io", "v1", "apiservices", "apiservice", "APIService", ALL, NULL,
     "\"api-extensions\"", STATUS, K8S_APISERVICES, NULL, false, false, false},

    {"apps", "v1", "controllerrevisions", "controllerrevision", "ControllerRevision", ALL, NULL,
     NULL, NO_SUBS, K8S_CONTROLLERREVISIONS, NULL, true, false, false},
    {"apps", "v1", "daemonsets", "daemonset", "DaemonSet", ALL, "\"ds\"", "\"all\"", STATUS,
     K8S_DAEMONSETS, NULL, true, false, false},
    {"apps", "v1", "deployments", "deployment", "Deployment", ALL, "\"deploy\"", "\"all\"", SCALE,
     K8S_DEPLOYMENTS, NULL, true, false, false},
    {"apps", "v1", "replicasets", "replicaset", "ReplicaSet", ALL, "\"rs\"", "\"all\"", SCALE,
     K8S_REPLICASETS, NULL, true, false, false},
    {"apps", "v1", "statefulsets", "statefulset", "StatefulSet", ALL, "\"sts\"", "\"all\"", SCALE,
     K8S_STATEFULSETS, NULL, true, false, false},

    {"events.k8s.io", "v1", "events", "event", "Event", ALL, "\"ev\"", NULL, NO_SUBS, K8S_EVENTS,
     "Event.events", true, false, false},

    {"authentication.k8s.io", "v1", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview",
     CREATE, NULL, NULL, NO_SUBS, K8S_NO_STORE, NULL, false, false, false},
    {"authentication.k8s.io", "v1", "tokenreviews", "tokenreview", "TokenReview", CREATE, NULL,
     NULL, NO_SUBS, K8S_NO_STORE, NULL, false, false, false},

    {"authorization.k8s.io", "v1", "localsubjectaccessreviews", "localsubjectaccessreview",
     "LocalSubjectAccessReview", CREATE, NULL, NULL, NO_SUBS, K8S_NO_STORE, NULL, true, false,
     false},
    {"authorization.k8s.io", "v1", "selfsubjectaccessreviews", "selfsubjectaccessreview",
     "SelfSubjectAccessReview", CREATE, NULL, NULL, NO_SUBS, K8S_NO_STORE, NULL, false, false,
     false},
    {"authorization.k8s.io", "v1", "selfsubjectrulesreviews", "selfsubjectrulesreview",
     "SelfSubjectRulesReview", CREATE, NULL, NULL, NO_SUBS, K8S_NO_STORE, NULL, false, false,
     false},
    {"authorization.k8s.io", "v1", "subjectaccessreviews", "subjectaccessreview",
     "SubjectAccessReview", CREATE, NULL, NULL, NO_SUBS, K8S_NO_STORE, NULL, false, false, false},

    {"autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler",
     "HorizontalPodAutoscaler", ALL, "\"hpa\"", "\"all\"", STATUS, K8S_HPAS, NULL, true, false,
     false},
    {"autoscaling", "v1", "horizontalpodautoscalers", "horizontalpodautoscaler",
     "HorizontalPodAutoscaler", ALL, "\"hpa\"", "\"all\"", STATUS, K8S_HPAS,
     "HorizontalPodAutoscaler.v1", true, false, false},

    {"batch", "v1", "cronjobs", "cronjob", "CronJob", ALL, "\"cj\"", "\"all\"", STATUS,
     K8S_CRONJOBS, NULL, true, false, false},
    {"batch", "v1", "jobs", "job", "Job", ALL, NULL, "\"all\"", STATUS, K8S_JOBS, NULL, true, false,
     false},

    {"certificates.k8s.io", "v1", "certificatesigningrequests", "certificatesigningrequest",
     "CertificateSigningRequest", ALL, "\"csr\"", NULL, SUBS(csr_subs), K8S_CSRS, NULL, false,
     false, false},

    {NETWORK, "v1", "ingressclasses", "ingressclass", "IngressClass", ALL, NULL, NULL, NO_SUBS,
     K8S_INGRESSCLASSES, NULL, false, false, false},
    {NETWORK, "v1", "ingresses", "ingress", "Ingress", ALL, "\"ing\"", NULL, STATUS, K8S_INGRESSES,
     NULL, true, false, false},
    {NETWORK, "v1", "networkpolicies", "networkpolicy", "NetworkPolicy", ALL, "\"netpol\"", NULL,
     NO_SUBS, K8S_NETWORKPOLICIES, NULL, true, false, false},
    {NETWORK, "v1beta1", "servicecidrs", "servicecidr", "ServiceCIDR", ALL, NULL, NULL, STATUS,
     K8S_SERVICECIDRS, NULL, false, false, false},

    {"policy", "v1", "poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget", ALL,
     "\"pdb\"", NULL, STATUS, K8S_PDBS, NULL, true, false, false},

    {RBAC, "v1", "clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding", ALL, NULL, NULL,
     NO_SUBS, K8S_CLUSTERROLEBINDINGS, NULL, false, false, false},
    {RBAC, "v1", "clusterroles", "clusterrole", "ClusterRole", ALL, NULL, NULL, NO_SUBS,
     K8S_CLUSTERROLES, NULL, false, false, false},
    {RBAC, "v1", "rolebindings", "rolebinding", "RoleBinding", ALL, NULL, NULL, NO_SUBS,
     K8S_ROLEBINDINGS, NULL, true, false, false},
    {RBAC, "v1", "roles", "role", "Role", ALL, NULL, NULL, NO_SUBS, K8S_ROLES, NULL, true, false,
     false},

    {STORAGE, "v1", "csidrivers", "csidriver", "CSIDriver", ALL, NULL, NULL, NO_SUBS,
     K8S_CSIDRIVERS, NULL, false, false, false},
    {STORAGE, "v1", "csinodes", "csinode", "CSINode", ALL, NULL, NULL, NO_SUBS, K8S_CSINODES, NULL,
     false, false, false},
    {STORAGE, "v1", "storageclasses", "storageclass", "StorageClass", ALL, "\"sc\"", NULL, NO_SUBS,
     K8S_STORAGECLASSES, NULL, false, false, false},
    {STORAGE, "v1", "volumeattachments", "volumeattachment", "VolumeAttachment", ALL, NULL, NULL,
     STATUS, K8S_VOLUMEATTACHMENTS, NULL, false, false, false},
    {STORAGE, "v1beta1", "volumeattributesclasses", "volumeattributesclass",
     "VolumeAttributesClass", ALL, "\"vac\"", NULL, NO_SUBS, K8S_VOLUMEATTRIBUTESCLASSES, NULL,
     false, false, false},

    {ADMISSION, "v1", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration",
     "MutatingWebhookConfiguration", ALL, NULL, "\"api-extensions\"", NO_SUBS, K8S_MUTATINGWEBHOOKS,
     NULL, false, false, false},
    {ADMISSION, "v1", "validatingwebhookconfigurations", "validatingwebhookconfiguration",
     "ValidatingWebhookConfiguration", ALL, NULL, "\"api-extensions\"", NO_SUBS,
     K8S_VALIDATINGWEBHOOKS, NULL, false, false, false},

    {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "customresourcedefinition",
     "CustomResourceDefinition", ALL, "\"crd\",\"crds\"", "\"api-extensions\"", STATUS, K8S_CRDS,
     NULL, false, false, false},

    {"scheduling.k8s.io", "v1", "priorityclasses", "priorityclass", "PriorityClass", ALL, "\"pc\"",
     NULL, NO_SUBS, K8S_PRIORITYCLASSES, NULL, false, false, false},

    {"coordination.k8s.io", "v1", "leases", "lease", "Lease", ALL, NULL, NULL, NO_SUBS, K8S_LEASES,
     NULL, true, false, false},

    {"node.k8s.io", "v1", "runtimeclasses", "runtimeclass", "RuntimeClass", ALL, NULL, NULL,
     NO_SUBS, K8S_RUNTIMECLASSES, NULL, false, false, false},

    {"discovery.k8s.io", "v1", "endpointslices", "endpointslice", "EndpointSlice", ALL, NULL, NULL,
     NO_SUBS, K8S_ENDPOINTSLICES, NULL, true, false, false},

    {FLOW, "v1", "flowschemas", "flowschema", "FlowSchema", ALL, NULL, NULL, STATUS,
     K8S_FLOWSCHEMAS, NULL, false, false, false},
    {FLOW, "v1", "prioritylevelconfigurations", "prioritylevelconfiguration",
     "PriorityLevelConfiguration", ALL, NULL, NULL, STATUS, K8S_PRIORITYLEVELS, NULL, false, false,
     false},

    {"fleet.example.io", "v1", "fleets", "fleet", "Fleet", ALL, "\"fl\"", NULL, STATUS, K8S_FLEETS,
     NULL, false, true, false},

    {"mesh.example.io", "v1", "services", "service", "Service", ALL, NULL, NULL, NO_SUBS,
     K8S_MESHSERVICES, "Service.mesh", true, true, false},

    {"shop.example.com", "v1", "widgets", "widget", "Widget", ALL, "\"wd\"", "\"all\"", STATUS,
     K8S_WIDGETS, NULL, true, true, false},
    {"shop.example.com", "v1beta1", "widgets", "widget", "Widget", ALL, "\"wd\"", "\"all\"", STATUS,
     K8S_WIDGETS, NULL, true, true, false},

    {K8S_METRICS_GROUP, "v1beta1", "nodes", "", "NodeMetrics", GET_LIST, NULL, NULL, NO_SUBS,
     K8S_NODEMETRICS, NULL, false, false, true},
    {K8S_METRICS_GROUP, "v1beta1", "pods", "", "PodMetrics", GET_LIST, NULL, NULL, NO_SUBS,
     K8S_PODMETRICS, NULL, true, false, true},
};
const size_t k8s_resource_count = sizeof(k8s_resources) / sizeof(k8s_resources[0]);

bool k8s_resource_preferred(const struct k8s_resource *r)
{
    const struct k8s_resource *at;

    for (at = k8s_resources; at < r; at++) {
        if (strcmp(at->group, r->group) == 0 && strcmp(at->plural, r->plural) == 0) {
            return false;
        }
    }
    return true;
}
