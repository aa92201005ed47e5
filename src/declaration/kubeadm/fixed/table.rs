//! Every field that kinc decides itself. Data only.

use crate::declaration::kubeadm::fixed::KindMapping::{MeansNothing, Moves, Same};
use crate::declaration::kubeadm::fixed::{Fixed, KindMapping, fixed};
use crate::declaration::kubeadm::{CLUSTER, INIT, KUBELET, PROXY};

const CRI_O: &str = "the node runs CRI-O";
const OF_THE_NAME: &str = "it follows from `metadata.name`";
const OF_THE_NODES_NAME: &str = "it is `spec.nodes[].name`";
const OF_THE_NODE_SUBNET: &str = "it follows from `spec.networking.nodeSubnet`";
const OF_THE_PORT: &str = "the port on the host is `spec.networking.apiServerPort`";
const OF_THE_IMAGE: &str =
    "the node image brings the images of all parts; take another with `spec.image`";
const OF_THE_DATA: &str = "the node has its data there; on the host it is in `spec.dataDir`";
const OF_ETCD: &str = "the node has an etcd of its own";
const OF_KUBELET: &str = "the node starts kubelet with it";
const POD_SUBNET: &str = "it is `spec.networking.podSubnet`";
const PART_OF_POD_SUBNET: &str =
    "each node takes its part of `spec.networking.podSubnet` by its address";
const SERVICE_SUBNET: &str = "it is `spec.networking.serviceSubnet`";
const OF_THE_SERVICE_SUBNET: &str = "it follows from `spec.networking.serviceSubnet`";
const DNS_DOMAIN: &str = "it is `spec.networking.dnsDomain`";
const OF_THE_KERNEL: &str = "the node leaves the kernel's own values alone";
const STATIC_PODS: &str = "the node has its static pods in /etc/kubernetes/manifests";

const TO_PODS: KindMapping = Moves("networking.podSubnet");
const TO_SERVICES: KindMapping = Moves("networking.serviceSubnet");
const TO_DOMAIN: KindMapping = Moves("networking.dnsDomain");
const LOST: KindMapping = Same(&[]);

/// A DNS cache of the node's own is reached by a link-local address.
const LINK_LOCAL: &str = "169.254.";

/// Every one of them.
pub(crate) const FIXED: [Fixed; 57] = [
    fixed(
        INIT,
        "localAPIEndpoint.advertiseAddress",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        INIT,
        "localAPIEndpoint.bindPort",
        Same(&["6443"]),
        OF_THE_PORT,
    ),
    fixed(INIT, "nodeRegistration.name", LOST, OF_THE_NODES_NAME),
    fixed(INIT, "nodeRegistration.criSocket", MeansNothing, CRI_O),
    fixed(
        INIT,
        "patches.directory",
        LOST,
        "it is in the node image; take another with `spec.image`",
    ),
    fixed(
        INIT,
        "dryRun",
        Same(&["false"]),
        "the node is made in earnest",
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.node-ip",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.hostname-override",
        LOST,
        OF_THE_NODES_NAME,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.container-runtime",
        MeansNothing,
        CRI_O,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.container-runtime-endpoint",
        MeansNothing,
        CRI_O,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.cluster-dns",
        Same(&["10.96.0.10"]),
        OF_THE_SERVICE_SUBNET,
    )
    .except(LINK_LOCAL),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.cluster-domain",
        TO_DOMAIN,
        DNS_DOMAIN,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.pod-manifest-path",
        Same(&["/etc/kubernetes/manifests"]),
        STATIC_PODS,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.root-dir",
        Same(&["/var/lib/kubelet"]),
        OF_KUBELET,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.config",
        Same(&["/var/lib/kubelet/config.yaml"]),
        OF_KUBELET,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.kubeconfig",
        Same(&["/etc/kubernetes/kubelet.conf"]),
        OF_KUBELET,
    ),
    fixed(
        INIT,
        "nodeRegistration.kubeletExtraArgs.bootstrap-kubeconfig",
        Same(&["/etc/kubernetes/bootstrap-kubelet.conf"]),
        OF_KUBELET,
    ),
    fixed(CLUSTER, "clusterName", MeansNothing, OF_THE_NAME),
    fixed(
        CLUSTER,
        "kubernetesVersion",
        Moves("kubernetesVersion"),
        "it is `spec.kubernetesVersion`, and that of the node image",
    ),
    fixed(CLUSTER, "controlPlaneEndpoint", LOST, OF_THE_NAME),
    fixed(
        CLUSTER,
        "certificatesDir",
        Same(&["/etc/kubernetes/pki"]),
        OF_THE_DATA,
    ),
    fixed(CLUSTER, "networking.podSubnet", TO_PODS, POD_SUBNET),
    fixed(
        CLUSTER,
        "networking.serviceSubnet",
        TO_SERVICES,
        SERVICE_SUBNET,
    ),
    fixed(CLUSTER, "networking.dnsDomain", TO_DOMAIN, DNS_DOMAIN),
    // The node image names etcd's image itself, so each of these three would be dropped in silence there.
    fixed(CLUSTER, "imageRepository", MeansNothing, OF_THE_IMAGE),
    fixed(
        CLUSTER,
        "etcd.local.imageRepository",
        MeansNothing,
        OF_THE_IMAGE,
    ),
    fixed(CLUSTER, "etcd.local.imageTag", MeansNothing, OF_THE_IMAGE),
    fixed(CLUSTER, "etcd.external", LOST, OF_ETCD),
    fixed(CLUSTER, "etcd.local.dataDir", MeansNothing, OF_THE_DATA),
    fixed(
        CLUSTER,
        "etcd.local.extraArgs.data-dir",
        MeansNothing,
        OF_THE_DATA,
    ),
    fixed(CLUSTER, "etcd.local.extraArgs.name", LOST, OF_THE_NAME),
    fixed(
        CLUSTER,
        "etcd.local.extraArgs.initial-cluster",
        LOST,
        OF_ETCD,
    ),
    fixed(
        CLUSTER,
        "etcd.local.extraArgs.listen-client-urls",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        CLUSTER,
        "etcd.local.extraArgs.listen-peer-urls",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        CLUSTER,
        "etcd.local.extraArgs.advertise-client-urls",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        CLUSTER,
        "etcd.local.extraArgs.initial-advertise-peer-urls",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        CLUSTER,
        "apiServer.extraArgs.advertise-address",
        LOST,
        OF_THE_NODE_SUBNET,
    ),
    fixed(
        CLUSTER,
        "apiServer.extraArgs.bind-address",
        Same(&["0.0.0.0", "::"]),
        "the address on the host is `spec.networking.apiServerAddress`",
    ),
    fixed(
        CLUSTER,
        "apiServer.extraArgs.secure-port",
        Same(&["6443"]),
        OF_THE_PORT,
    ),
    fixed(
        CLUSTER,
        "apiServer.extraArgs.permit-port-sharing",
        Same(&["true"]),
        "the node holds the port while the API server is away",
    ),
    fixed(
        CLUSTER,
        "apiServer.extraArgs.etcd-servers",
        Same(&["https://127.0.0.1:2379"]),
        OF_ETCD,
    ),
    fixed(
        CLUSTER,
        "apiServer.extraArgs.service-cluster-ip-range",
        TO_SERVICES,
        SERVICE_SUBNET,
    ),
    fixed(
        CLUSTER,
        "controllerManager.extraArgs.allocate-node-cidrs",
        MeansNothing,
        PART_OF_POD_SUBNET,
    ),
    fixed(
        CLUSTER,
        "controllerManager.extraArgs.node-cidr-mask-size",
        Same(&["24"]),
        PART_OF_POD_SUBNET,
    ),
    fixed(
        CLUSTER,
        "controllerManager.extraArgs.node-cidr-mask-size-ipv4",
        Same(&["24"]),
        PART_OF_POD_SUBNET,
    ),
    fixed(
        CLUSTER,
        "controllerManager.extraArgs.cluster-cidr",
        TO_PODS,
        POD_SUBNET,
    ),
    fixed(
        CLUSTER,
        "controllerManager.extraArgs.service-cluster-ip-range",
        TO_SERVICES,
        SERVICE_SUBNET,
    ),
    fixed(
        KUBELET,
        "featureGates.KubeletInUserNamespace",
        Same(&["true"]),
        "a node needs it to run at all",
    ),
    fixed(KUBELET, "containerRuntimeEndpoint", MeansNothing, CRI_O),
    fixed(
        KUBELET,
        "staticPodPath",
        Same(&["/etc/kubernetes/manifests"]),
        STATIC_PODS,
    ),
    fixed(
        KUBELET,
        "clusterDNS",
        Same(&["[10.96.0.10]"]),
        OF_THE_SERVICE_SUBNET,
    )
    .except(LINK_LOCAL),
    fixed(KUBELET, "clusterDomain", TO_DOMAIN, DNS_DOMAIN),
    fixed(
        PROXY,
        "mode",
        Same(&["iptables", "ipvs", "nftables"]),
        "kube-proxy works with nftables, or not at all with `spec.networking.kubeProxyMode: none`",
    ),
    fixed(PROXY, "clusterCIDR", TO_PODS, POD_SUBNET),
    fixed(PROXY, "conntrack.maxPerCore", MeansNothing, OF_THE_KERNEL),
    fixed(
        PROXY,
        "conntrack.tcpEstablishedTimeout",
        MeansNothing,
        OF_THE_KERNEL,
    ),
    fixed(
        PROXY,
        "conntrack.tcpCloseWaitTimeout",
        MeansNothing,
        OF_THE_KERNEL,
    ),
];
