//! The table itself.

use crate::schema::Effect::{Live, None, Refused, Restart};
use crate::schema::Form::{Boolean, Choice, Integer, Items, Limit, List, Map, Switches, Text};
use crate::schema::LeftOut::{Default, Kept};
use crate::schema::items::{JSON_PATCH, MOUNT, PORT_MAPPING};
use crate::schema::{Description, Field, Group};

/// An IPv4 subnet, as far as a regular expression can say.
const SUBNET: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$";

/// A quantity of Kubernetes.
const QUANTITY: &str = r"^([0-9]+(\.[0-9]+)?([mkMGTP]|[KMGTP]i)?|none)$";

/// What stands together, in the order of the document.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        path: "metadata",
        meaning: "What the cluster is called.",
    },
    Group {
        path: "spec",
        meaning: "What the cluster is like. All of it may be left out.",
    },
    Group {
        path: "spec.nodes[]",
        meaning: "The nodes. There can be one so far, the control plane, which runs all workloads; what \
                  it gets of the host is said here.",
    },
    Group {
        path: "spec.networking",
        meaning: "Addresses: of the API server on the host, of nodes, pods and services.",
    },
    Group {
        path: "spec.resources",
        meaning: "What all nodes of the cluster together may take of the host: one systemd slice \
                  holds it, and kubelet counts with it.",
    },
];

/// Every field, in the order of [`Field`].
pub(crate) const FIELDS: &[Description] = &[
    Description {
        field: Field::Name,
        path: "metadata.name",
        form: Text("^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"),
        meaning: "The name of the cluster, at most 40 characters. Everything that belongs to it is \
                  called `kinc-NAME`, or begins so.",
        default: "",
        example: "dev",
        effect: Refused,
        left_out: Kept,
    },
    Description {
        field: Field::Annotations,
        path: "metadata.annotations",
        form: Map,
        meaning: "What you note on it. kinc notes in `kinc.dev/declared-in` which file it was declared in, \
                  for `kinc apply --prune`.",
        default: "none",
        example: "{team: web}",
        effect: None,
        left_out: Default,
    },
    Description {
        field: Field::KubernetesVersion,
        path: "spec.kubernetesVersion",
        form: Text(r"^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"),
        meaning: "The version of Kubernetes. The node image has to hold it.",
        default: "v1.36.3",
        example: "v1.36.3",
        effect: Refused,
        left_out: Kept,
    },
    Description {
        field: Field::Image,
        path: "spec.image",
        form: Text("^[0-9A-Za-z][0-9A-Za-z._/:@-]*$"),
        meaning: "The node image, in full. It has to be on the host: a start never reaches for a \
                  registry.",
        default: "`localhost/kinc/node:` and the version, as `kinc image build` names it",
        example: "localhost/kinc/node:v1.36.3",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::Autostart,
        path: "spec.autostart",
        form: Boolean,
        meaning: "Whether the cluster starts with the host. It turns lingering on, which is never \
                  turned off again.",
        default: "true",
        example: "true",
        effect: None,
        left_out: Default,
    },
    Description {
        field: Field::Role,
        path: "spec.nodes[].role",
        form: Choice(&["control-plane", "worker"]),
        meaning: "What the node does. Workers are not supported yet.",
        default: "control-plane",
        example: "control-plane",
        effect: Refused,
        left_out: Default,
    },
    Description {
        field: Field::ExtraMounts,
        path: "spec.nodes[].extraMounts",
        form: Items(MOUNT),
        meaning: "Files and directories of the host, seen in the node.",
        default: "none",
        example: "[{hostPath: /srv/data, containerPath: /data, readOnly: true}]",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::ExtraPortMappings,
        path: "spec.nodes[].extraPortMappings",
        form: Items(PORT_MAPPING),
        meaning: "Ports of the host that lead to ports of the node.",
        default: "none",
        example: "[{containerPort: 30080, hostPort: 8080}]",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::Devices,
        path: "spec.nodes[].devices",
        form: List,
        meaning: "Devices of the host below `/dev`, and CDI devices. `/dev/fuse` is there anyway.",
        default: "none",
        example: "[/dev/net/tun, nvidia.com/gpu=all]",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::Sysctls,
        path: "spec.nodes[].sysctls",
        form: Map,
        meaning: "Kernel settings of the node's own namespaces: `net.*`, `kernel.msg*`, `kernel.sem`, \
                  `kernel.shm*` and `fs.mqueue.*`.",
        default: "none",
        example: "{net.ipv4.ip_unprivileged_port_start: \"0\"}",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::ApiServerAddress,
        path: "spec.networking.apiServerAddress",
        form: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
        meaning: "The address of the host that the API server is published on; `0.0.0.0` for all. It is \
                  in the API server's certificate, which is made anew when it changes.",
        default: "127.0.0.1",
        example: "127.0.0.1",
        effect: Restart,
        left_out: Kept,
    },
    Description {
        field: Field::ApiServerPort,
        path: "spec.networking.apiServerPort",
        form: Integer(1024, 65535),
        meaning: "The port of the host that the API server is published on.",
        default: "the first free one from 6443 on",
        example: "6443",
        effect: Restart,
        left_out: Kept,
    },
    Description {
        field: Field::ApiServerCertSans,
        path: "spec.networking.apiServerCertSANs",
        form: List,
        meaning: "More names and addresses in the API server's certificate, which is made anew when they \
                  change.",
        default: "none",
        example: "[k8s.example.org, 192.0.2.7]",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::PodSubnet,
        path: "spec.networking.podSubnet",
        form: Text(SUBNET),
        meaning: "The addresses of pods, between a /8 and a /24.",
        default: "10.244.0.0/16",
        example: "10.244.0.0/16",
        effect: Refused,
        left_out: Kept,
    },
    Description {
        field: Field::ServiceSubnet,
        path: "spec.networking.serviceSubnet",
        form: Text(SUBNET),
        meaning: "The addresses of services, between a /12 and a /24.",
        default: "10.96.0.0/16",
        example: "10.96.0.0/16",
        effect: Refused,
        left_out: Kept,
    },
    Description {
        field: Field::NodeSubnet,
        path: "spec.networking.nodeSubnet",
        form: Text(SUBNET),
        meaning: "The addresses of nodes on the host, between a /16 and a /29; no other cluster and no \
                  network of the host may have them.",
        default: "the first free one from 10.200.0.0/24 on",
        example: "10.200.0.0/24",
        effect: Refused,
        left_out: Kept,
    },
    Description {
        field: Field::Cni,
        path: "spec.networking.cni",
        form: Choice(&["bridge", "none"]),
        meaning: "The network of pods: a bridge in the node, or none, for one that you install.",
        default: "bridge",
        example: "bridge",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::Storage,
        path: "spec.storage",
        form: Choice(&["local-path", "none"]),
        meaning: "The default storage class: directories of the node's own volume, or none. What is \
                  installed already stays.",
        default: "local-path",
        example: "local-path",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::FeatureGates,
        path: "spec.featureGates",
        form: Switches,
        meaning: "Feature gates of Kubernetes, for all of its components.",
        default: "none",
        example: "{AllAlpha: false}",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::RuntimeConfig,
        path: "spec.runtimeConfig",
        form: Map,
        meaning: "Versions of APIs that the API server serves or not.",
        default: "none",
        example: "{api/alpha: \"true\"}",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::KubeadmConfigPatches,
        path: "spec.kubeadmConfigPatches",
        form: List,
        meaning: "Changes of kubeadm's configuration: parts of its documents, each with its `kind`, \
                  which are merged into them; a list replaces a list, and `null` takes a field away. \
                  What kinc counts on, such as subnets, cannot be changed so. kubeadm itself checks \
                  the outcome before anything is written.",
        default: "none",
        example: "[\"{kind: KubeletConfiguration, maxPods: 50}\"]",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::KubeadmConfigPatchesJson6902,
        path: "spec.kubeadmConfigPatchesJSON6902",
        form: Items(JSON_PATCH),
        meaning: "Changes of kubeadm's configuration by the operations of RFC 6902, after the others.",
        default: "none",
        example: "[{kind: KubeletConfiguration, patch: \"[{op: add, path: /maxPods, value: 50}]\"}]",
        effect: Restart,
        left_out: Default,
    },
    Description {
        field: Field::Memory,
        path: "spec.resources.memory",
        form: Limit(QUANTITY),
        meaning: "The most memory, from 1Gi on. Pods are evicted before the kernel ends any.",
        default: "none",
        example: "4Gi",
        effect: Live,
        left_out: Default,
    },
    Description {
        field: Field::Cpu,
        path: "spec.resources.cpu",
        form: Limit(QUANTITY),
        meaning: "The most processor time, from 1 on; 1500m is one and a half processors.",
        default: "none",
        example: "1500m",
        effect: Live,
        left_out: Default,
    },
    Description {
        field: Field::CpuWeight,
        path: "spec.resources.cpuWeight",
        form: Limit("^([0-9]+|none)$"),
        meaning: "The share of the processors while others want them too, from 1 to 10000; others have \
                  100.",
        default: "none",
        example: "50",
        effect: Live,
        left_out: Default,
    },
    Description {
        field: Field::Tasks,
        path: "spec.resources.tasks",
        form: Limit("^([0-9]+|none)$"),
        meaning: "The most processes and threads, from 1000 on.",
        default: "none",
        example: "8000",
        effect: Live,
        left_out: Default,
    },
];
