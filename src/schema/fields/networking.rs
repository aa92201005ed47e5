//! Addresses, names, and what carries packets.

use crate::schema::Effect::{Refused, Restart};
use crate::schema::Form::{Choice, Integer, List, Text};
use crate::schema::LeftOut::{Default, Kept};
use crate::schema::{Description, Field};

/// An IPv4 subnet, as far as a regular expression can say.
const SUBNET: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$";

/// A domain of lower-case labels.
const DOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

pub(super) const API_SERVER_ADDRESS: Description = Description {
    field: Field::ApiServerAddress,
    path: "spec.networking.apiServerAddress",
    form: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
    meaning: "The address of the host that the API server is published on; `0.0.0.0` for all. It is \
              in the API server's certificate, which is made anew when it changes.",
    default: "127.0.0.1",
    example: "127.0.0.1",
    effect: Restart,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const API_SERVER_PORT: Description = Description {
    field: Field::ApiServerPort,
    path: "spec.networking.apiServerPort",
    form: Integer(1024, 65535),
    meaning: "The port of the host that the API server is published on.",
    default: "the first free one from 6443 on",
    example: "6443",
    effect: Restart,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const API_SERVER_CERT_SANS: Description = Description {
    field: Field::ApiServerCertSans,
    path: "spec.networking.apiServerCertSANs",
    form: List,
    meaning: "More names and addresses in the API server's certificate, which is made anew when they \
              change.",
    default: "none",
    example: "[k8s.example.org, 192.0.2.7]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const IP_FAMILY: Description = Description {
    field: Field::IpFamily,
    path: "spec.networking.ipFamily",
    form: Choice(&["ipv4", "ipv6", "dual"]),
    meaning: "The family of all addresses. Only IPv4 is supported yet.",
    default: "ipv4",
    example: "ipv4",
    effect: Refused,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const POD_SUBNET: Description = Description {
    field: Field::PodSubnet,
    path: "spec.networking.podSubnet",
    form: Text(SUBNET),
    meaning: "The addresses of pods, between a /8 and a /24.",
    default: "10.244.0.0/16",
    example: "10.244.0.0/16",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const SERVICE_SUBNET: Description = Description {
    field: Field::ServiceSubnet,
    path: "spec.networking.serviceSubnet",
    form: Text(SUBNET),
    meaning: "The addresses of services, between a /12 and a /24.",
    default: "10.96.0.0/16",
    example: "10.96.0.0/16",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const NODE_SUBNET: Description = Description {
    field: Field::NodeSubnet,
    path: "spec.networking.nodeSubnet",
    form: Text(SUBNET),
    meaning: "The addresses of nodes on the host, between a /16 and a /29; no other cluster and no \
              network of the host may have them.",
    default: "the first free one from 10.200.0.0/24 on",
    example: "10.200.0.0/24",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const DNS_DOMAIN: Description = Description {
    field: Field::DnsDomain,
    path: "spec.networking.dnsDomain",
    form: Text(DOMAIN),
    meaning: "The domain of services and pods.",
    default: "cluster.local",
    example: "cluster.local",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const DNS_SEARCH: Description = Description {
    field: Field::DnsSearch,
    path: "spec.networking.dnsSearch",
    form: List,
    meaning: "The domains in which the node, and the pods that take over its DNS settings, look for \
              short names; without any, those of the host.",
    default: "none",
    example: "[example.org]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const CNI: Description = Description {
    field: Field::Cni,
    path: "spec.networking.cni",
    form: Choice(&["bridge", "none"]),
    meaning: "The network of pods: a bridge in the node, or none, for one that you install.",
    default: "bridge",
    example: "bridge",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const KUBE_PROXY_MODE: Description = Description {
    field: Field::KubeProxyMode,
    path: "spec.networking.kubeProxyMode",
    form: Choice(&["nftables", "none"]),
    meaning: "What sends the addresses of services on: kube-proxy by nftables, or nothing, for a pod \
              network that does it itself.",
    default: "nftables",
    example: "nftables",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};
