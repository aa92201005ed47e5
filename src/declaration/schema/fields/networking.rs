//! Addresses, names, and what carries packets.

use crate::declaration::schema::Description;
use crate::declaration::schema::FieldType::{Choice, Integer, List, Text};
use crate::declaration::schema::Impact::{Immutable, Restart};
use crate::declaration::schema::WhenOmitted::{Default, KeepCurrent};
use crate::model::cluster::{Cni, KubeProxyMode};
use crate::model::field::Field;

/// An IPv4 subnet, as far as a regular expression can say.
const SUBNET: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$";

/// A domain of lower-case labels.
const DOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

pub(super) const FIELDS: &[Description] = &[
    Description {
        field: Field::ApiServerAddress,
        field_type: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
        meaning: "The address of the host to publish the API server on; `0.0.0.0` for all. The API \
                  server's certificate contains it, and is renewed when it changes.",
        default: "127.0.0.1",
        example: "127.0.0.1",
        impact: Restart,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::ApiServerPort,
        field_type: Integer(-1, 65535),
        meaning: "The port of the host to publish the API server on; 0 and -1 stand for the default.",
        default: "the first free port from 6443 on",
        example: "6443",
        impact: Restart,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::ApiServerCertSans,
        field_type: List,
        meaning: "Additional names and addresses for the API server's certificate, which is renewed when \
                  they change.",
        default: "none",
        example: "[k8s.example.org, 192.0.2.7]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::IpFamily,
        field_type: Choice(&["ipv4", "ipv6", "dual"]),
        meaning: "The family of all addresses. Only IPv4 is supported yet.",
        default: "ipv4",
        example: "ipv4",
        impact: Immutable,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::PodSubnet,
        field_type: Text(SUBNET),
        meaning: "The subnet of the pods, from a /8 to a /24.",
        default: "10.244.0.0/16",
        example: "10.244.0.0/16",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::ServiceSubnet,
        field_type: Text(SUBNET),
        meaning: "The subnet of the services, from a /12 to a /24.",
        default: "10.96.0.0/16",
        example: "10.96.0.0/16",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::NodeSubnet,
        field_type: Text(SUBNET),
        meaning: "The subnet of the nodes, from a /16 to a /29. It must not overlap the subnet of another \
                  cluster or of another Podman network.",
        default: "the first free subnet from 10.200.0.0/24 on",
        example: "10.200.0.0/24",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::DnsDomain,
        field_type: Text(DOMAIN),
        meaning: "The DNS domain of services and pods.",
        default: "cluster.local",
        example: "cluster.local",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::DnsSearch,
        field_type: List,
        meaning: "The DNS search domains of the node, and of pods that inherit its DNS settings. If there \
                  are none, those of the host apply.",
        default: "none",
        example: "[example.org]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Cni,
        field_type: Choice(Cni::NAMES),
        meaning: "The pod network: `bridge` is a bridge in the node, `none` leaves it to you to install \
                  one.",
        default: "bridge",
        example: "bridge",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::KubeProxyMode,
        field_type: Choice(KubeProxyMode::NAMES),
        meaning: "The proxy for services: kube-proxy with nftables, or `none` for a pod network that \
                  replaces kube-proxy.",
        default: "nftables",
        example: "nftables",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
];
