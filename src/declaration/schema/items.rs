//! The fields of items of lists.

use crate::declaration::schema::FieldType::{Boolean, Choice, Integer, Text};
use crate::declaration::schema::ObjectField;
use crate::model::cluster::Propagation;

/// An absolute path without a colon, at which Podman splits the value of `--volume`.
pub(super) const PATH: &str = "^/[^:]*$";

/// Permission bits in octal, as chmod(1) takes them.
const MODE: &str = "^0?[4-7][0-7]{2}$";

/// A registry with or without a port, and maybe a path in it.
const REGISTRY: &str = r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$";

pub(super) const MOUNT: &[ObjectField] = &[
    ObjectField {
        key: "hostPath",
        field_type: Text("^[^:]+$"),
        is_required: true,
        meaning: "The path on the host, which must exist. A relative one begins at the directory of the file \
                  that declares it, or at the working directory for standard input.",
    },
    ObjectField {
        key: "containerPath",
        field_type: Text(PATH),
        is_required: true,
        meaning: "The absolute path in the node.",
    },
    ObjectField {
        key: "readOnly",
        field_type: Boolean,
        is_required: false,
        meaning: "Whether the mount is read-only; false by default.",
    },
    ObjectField {
        key: "propagation",
        field_type: Choice(Propagation::NAMES),
        is_required: false,
        meaning: "Whether mounts below it propagate; None by default.",
    },
];

pub(super) const PORT_MAPPING: &[ObjectField] = &[
    ObjectField {
        key: "containerPort",
        field_type: Integer(1, 65535),
        is_required: true,
        meaning: "The port of the node, such as a NodePort.",
    },
    ObjectField {
        key: "hostPort",
        field_type: Integer(-1, 65535),
        is_required: false,
        meaning: "The port of the host; if left out, 0 or -1, the first free one from 20000 to 29999, \
                  which is kept.",
    },
    ObjectField {
        key: "listenAddress",
        field_type: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
        is_required: false,
        meaning: "The address of the host to listen on; 127.0.0.1 by default.",
    },
    ObjectField {
        key: "protocol",
        field_type: Text("^([Tt][Cc][Pp]|[Uu][Dd][Pp])$"),
        is_required: false,
        meaning: "The protocol, TCP or UDP; TCP by default.",
    },
];

pub(super) const JSON_PATCH: &[ObjectField] = &[
    ObjectField {
        key: "kind",
        field_type: Text("^[A-Za-z]+$"),
        is_required: true,
        meaning: "The kind of the document to patch.",
    },
    ObjectField {
        key: "patch",
        field_type: Text(""),
        is_required: true,
        meaning: "The list of operations, in YAML or JSON.",
    },
];

pub(super) const FILE: &[ObjectField] = &[
    ObjectField {
        key: "path",
        field_type: Text(PATH),
        is_required: true,
        meaning: "The absolute path in the node.",
    },
    ObjectField {
        key: "content",
        field_type: Text(""),
        is_required: true,
        meaning: "The content of the file.",
    },
    ObjectField {
        key: "executable",
        field_type: Boolean,
        is_required: false,
        meaning: "Whether the file is executable; false by default.",
    },
    ObjectField {
        key: "mode",
        field_type: Text(MODE),
        is_required: false,
        meaning: "The permission bits, such as `0644`; by default `0600`, or `0700` for an executable \
                  file.",
    },
];

pub(super) const UNIT: &[ObjectField] = &[
    ObjectField {
        key: "name",
        field_type: Text(r"^[A-Za-z0-9:_.@-]+\.(service|socket|timer|path|mount|target)$"),
        is_required: true,
        meaning: "The name of the unit, such as `hello.service`.",
    },
    ObjectField {
        key: "content",
        field_type: Text(""),
        is_required: true,
        meaning: "The unit file, see systemd.unit(5).",
    },
];

pub(super) const MIRROR: &[ObjectField] = &[
    ObjectField {
        key: "registry",
        field_type: Text(REGISTRY),
        is_required: true,
        meaning: "The registry, or a namespace of it: `docker.io`, `quay.io/team`.",
    },
    ObjectField {
        key: "mirror",
        field_type: Text(REGISTRY),
        is_required: true,
        meaning: "The mirror to pull from.",
    },
    ObjectField {
        key: "insecure",
        field_type: Boolean,
        is_required: false,
        meaning: "Whether HTTP and untrusted certificates are allowed; false by default.",
    },
];

pub(super) const MANIFEST: &[ObjectField] = &[
    ObjectField {
        key: "path",
        field_type: Text("."),
        is_required: true,
        meaning: "A file of up to 16 MiB in YAML or JSON, or a directory, of which each `*.yaml`, `*.yml` and \
                  `*.json` is taken in the order of the names. A relative path begins at the file of the \
                  declaration, or where kinc runs when that is standard input. What is there is copied: \
                  apply again after a change.",
    },
    ObjectField {
        key: "sha256",
        field_type: Text("^[0-9a-f]{64}$"),
        is_required: false,
        meaning: "The SHA-256 that the file has to have; recorded when it is copied.",
    },
];
