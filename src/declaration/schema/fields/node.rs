//! What its node gets.

use crate::declaration::schema::Description;
use crate::declaration::schema::FieldType::{Choice, Limit, List, Map, ObjectList, Text};
use crate::declaration::schema::Impact::{Immutable, InPlace, Restart};
use crate::declaration::schema::WhenOmitted::{Default, KeepCurrent};
use crate::declaration::schema::fields::resources::QUANTITY;
use crate::declaration::schema::items::{FILE, MOUNT, PORT_MAPPING, UNIT};
use crate::model::field::Field;

pub(super) const FIELDS: &[Description] = &[
    Description {
        field: Field::Role,
        field_type: Choice(&["control-plane", "worker"]),
        meaning: "The role of the node. A cluster has one to five control planes, whose number is fixed when it is created, \
                  and any number of workers. Nodes of a role are numbered in their order from the second on: `worker`, `worker2`, `worker3`.",
        default: "control-plane",
        example: "control-plane",
        impact: Immutable,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::NodeName,
        field_type: Text(r"^kinc-[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
        meaning: "The name of the node, its container and its host name: `kinc-`, the name of the cluster, \
                  the role and, from the second of a role on, its number. kinc sets and records it, because the data of a node is stored by its \
                  name; no other name is valid. If omitted, a worker has the first number that no other has: name workers to remove one \
                  that is not the last, such as `kinc-dev-worker` and `kinc-dev-worker3`.",
        default: "kinc-NAME-control-plane",
        example: "kinc-dev-control-plane",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::NodeAddress,
        field_type: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
        meaning: "The address of the node. It never changes, because certificates and etcd contain it. In \
                  the node subnet, the second to the eighth address are for control planes; the name of \
                  the API server, `kinc-NAME-api`, resolves to the ninth, and workers follow.",
        default: "the first free address for its role",
        example: "10.200.0.2",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::Labels,
        field_type: Map,
        meaning: "Labels of the node, in addition to those that Kubernetes sets.",
        default: "none",
        example: "{disk: ssd}",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Taints,
        field_type: List,
        meaning: "Taints of the node, as `kubectl taint` takes them. A control plane beside workers has \
                  `node-role.kubernetes.io/control-plane:NoSchedule` if no taints are declared; with `[]` it \
                  runs pods, too. Pods of a cluster with one node must tolerate its taints.",
        default: "none",
        example: "[\"gpu=yes:PreferNoSchedule\"]",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::ExtraMounts,
        field_type: ObjectList(MOUNT),
        meaning: "Files and directories of the host to mount into the node. A program that is mounted over \
                  `/usr/bin/crio`, `/usr/bin/crun` or `/usr/bin/runc` runs in its place. Files can be added below \
                  `/etc/kubernetes`, such as an audit policy or a static pod in `manifests`, and below \
                  `/var/lib/kubelet`, such as `config.json` with the `auths` of registries; what kubeadm and \
                  kubelet create there is reserved.",
        default: "none",
        example: "[{hostPath: /srv/data, containerPath: /data, readOnly: true}]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::ExtraPortMappings,
        field_type: ObjectList(PORT_MAPPING),
        meaning: "Ports of the node to publish on the host. Users may have those from the host's \
                  `net.ipv4.ip_unprivileged_port_start` on, which is 1024 unless an administrator lowers it.",
        default: "none",
        example: "[{containerPort: 30080, hostPort: 8080}]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Devices,
        field_type: List,
        meaning: "Devices of the host below `/dev`, and CDI devices. `/dev/fuse` is always in the node.",
        default: "none",
        example: "[/dev/net/tun, nvidia.com/gpu=all]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Sysctls,
        field_type: Map,
        meaning: "Kernel parameters of the node. They must be namespaced: `net.*`, `kernel.msg*`, \
                  `kernel.sem`, `kernel.shm*` or `fs.mqueue.*`.",
        default: "none",
        example: "{net.core.somaxconn: \"4096\"}",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Environment,
        field_type: Map,
        meaning: "Environment variables for CRI-O, kubelet and kubeadm, such as `HTTP_PROXY`, \
                  `HTTPS_PROXY` and `NO_PROXY`. `KUBELET_EXTRA_ARGS` has more arguments for kubelet. If there is a proxy, kinc adds the addresses of the \
                  cluster and of the host to `NO_PROXY`.",
        default: "none",
        example: "{HTTPS_PROXY: \"http://192.0.2.1:3128\"}",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
    Description {
        field: Field::Files,
        field_type: ObjectList(FILE),
        meaning: "Files to create in the node, with their content. Only root can read them in the node, \
                  and only you on the host, unless `mode` allows more. Use `extraMounts` for large files.",
        default: "none",
        example: "[{path: /etc/motd, content: hello}]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
    Description {
        field: Field::Units,
        field_type: ObjectList(UNIT),
        meaning: "Units for systemd in the node. A unit with an `[Install]` section starts with the node, \
                  and the node is ready only after it.",
        default: "none",
        example: "[{name: hello.service, content: \"[Service]\\nExecStart=/bin/true\\n[Install]\\n\"}]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
    Description {
        field: Field::NodeMemory,
        field_type: Limit(QUANTITY),
        meaning: "The memory that kubelet of this node offers, at least 1Gi. Nodes without it share the \
                  rest of `spec.resources.memory` equally.",
        default: "none",
        example: "2Gi",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::NodeCpu,
        field_type: Limit(QUANTITY),
        meaning: "The processors that kubelet of this node offers, at least 1. Nodes without it share the \
                  rest of `spec.resources.cpu` equally.",
        default: "none",
        example: "1500m",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::NodeTasks,
        field_type: Limit("^([0-9]+|none)$"),
        meaning: "The processes and threads that this node may have, at least 1000. Nodes without it share \
                  the rest of `spec.resources.tasks` equally.",
        default: "none",
        example: "4000",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
];
