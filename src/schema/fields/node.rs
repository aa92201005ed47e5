//! What its node gets.

use crate::schema::Effect::{Live, Refused, Restart};
use crate::schema::Form::{Choice, Items, List, Map, Text};
use crate::schema::LeftOut::{Default, Kept};
use crate::schema::items::{FILE, MOUNT, PORT_MAPPING, UNIT};
use crate::schema::{Description, Field};

pub(super) const ROLE: Description = Description {
    field: Field::Role,
    path: "spec.nodes[].role",
    form: Choice(&["control-plane", "worker"]),
    meaning: "What the node does. Workers are not supported yet.",
    default: "control-plane",
    example: "control-plane",
    effect: Refused,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const NAME: Description = Description {
    field: Field::NodeName,
    path: "spec.nodes[].name",
    form: Text(r"^kinc-[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
    meaning: "The name of the node, of its container and of its host: `kinc-`, the name of the cluster \
              and the role. kinc gives it and records it, since all data of a node go by its name; no \
              other one can be given.",
    default: "kinc-NAME-control-plane",
    example: "kinc-dev-control-plane",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const ADDRESS: Description = Description {
    field: Field::NodeAddress,
    path: "spec.nodes[].address",
    form: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
    meaning: "The address of the node. It is in certificates and in etcd, so it never changes. Of the \
              node subnet, the second address to the eighth are for control planes; the ninth is where \
              the API server's name `kinc-NAME-api` leads, and workers come after it.",
    default: "the first free one for its role",
    example: "10.200.0.2",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const LABELS: Description = Description {
    field: Field::Labels,
    path: "spec.nodes[].labels",
    form: Map,
    meaning: "Labels of the node, beside Kubernetes' own.",
    default: "none",
    example: "{disk: ssd}",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const TAINTS: Description = Description {
    field: Field::Taints,
    path: "spec.nodes[].taints",
    form: List,
    meaning: "Taints of the node, as `kubectl taint` writes them. It runs all workloads, so these need \
              to tolerate them.",
    default: "none",
    example: "[\"gpu=yes:PreferNoSchedule\"]",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const EXTRA_MOUNTS: Description = Description {
    field: Field::ExtraMounts,
    path: "spec.nodes[].extraMounts",
    form: Items(MOUNT),
    meaning: "Files and directories of the host, seen in the node. One over `/usr/bin/crio`, \
              `/usr/bin/crun` or `/usr/bin/runc` is a program of your own in its place.",
    default: "none",
    example: "[{hostPath: /srv/data, containerPath: /data, readOnly: true}]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const EXTRA_PORT_MAPPINGS: Description = Description {
    field: Field::ExtraPortMappings,
    path: "spec.nodes[].extraPortMappings",
    form: Items(PORT_MAPPING),
    meaning: "Ports of the host that lead to ports of the node.",
    default: "none",
    example: "[{containerPort: 30080, hostPort: 8080}]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const DEVICES: Description = Description {
    field: Field::Devices,
    path: "spec.nodes[].devices",
    form: List,
    meaning: "Devices of the host below `/dev`, and CDI devices. `/dev/fuse` is there anyway.",
    default: "none",
    example: "[/dev/net/tun, nvidia.com/gpu=all]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const SYSCTLS: Description = Description {
    field: Field::Sysctls,
    path: "spec.nodes[].sysctls",
    form: Map,
    meaning: "Kernel settings of the node's own namespaces: `net.*`, `kernel.msg*`, `kernel.sem`, \
              `kernel.shm*` and `fs.mqueue.*`.",
    default: "none",
    example: "{net.ipv4.ip_unprivileged_port_start: \"0\"}",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const ENVIRONMENT: Description = Description {
    field: Field::Environment,
    path: "spec.nodes[].environment",
    form: Map,
    meaning: "The environment of CRI-O, kubelet and kubeadm: most of all `HTTP_PROXY`, `HTTPS_PROXY` \
              and `NO_PROXY`. Where there is a proxy, the addresses of the cluster and of the host \
              itself are added to `NO_PROXY`.",
    default: "none",
    example: "{HTTPS_PROXY: \"http://192.0.2.1:3128\"}",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};

pub(super) const FILES: Description = Description {
    field: Field::Files,
    path: "spec.nodes[].files",
    form: Items(FILE),
    meaning: "Files in the node, with what is in them. Only root can read them, on the host and in \
              the node, unless their `mode` says otherwise. For what is large take `extraMounts`.",
    default: "none",
    example: "[{path: /etc/motd, content: hello}]",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};

pub(super) const UNITS: Description = Description {
    field: Field::Units,
    path: "spec.nodes[].units",
    form: Items(UNIT),
    meaning: "Units of the node's own systemd. One that has an `[Install]` is started with the node, \
              which is ready only when that has been done.",
    default: "none",
    example: "[{name: hello.service, content: \"[Service]\\nExecStart=/bin/true\\n[Install]\\n\"}]",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};
