//! The fields of items of lists.

use crate::declaration::schema::Form::{Boolean, Choice, Integer, Text};
use crate::declaration::schema::Item;

/// An absolute path without a colon, at which Podman splits the value of `--volume`.
pub(super) const PATH: &str = "^/[^:]*$";

/// Permission bits in octal, as chmod(1) takes them.
const MODE: &str = "^0?[4-7][0-7]{2}$";

/// A registry with or without a port, and maybe a path in it.
const REGISTRY: &str = r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$";

pub(super) const MOUNT: &[Item] = &[
    Item {
        key: "hostPath",
        form: Text("^[^:]+$"),
        is_required: true,
        meaning: "The path on the host, which must exist. A relative one begins at the directory of the file \
                  that declares it, or at the working directory for standard input.",
    },
    Item {
        key: "containerPath",
        form: Text(PATH),
        is_required: true,
        meaning: "The absolute path in the node.",
    },
    Item {
        key: "readOnly",
        form: Boolean,
        is_required: false,
        meaning: "Whether the mount is read-only; false by default.",
    },
    Item {
        key: "propagation",
        form: Choice(&["None", "HostToContainer", "Bidirectional"]),
        is_required: false,
        meaning: "Whether mounts below it propagate; None by default.",
    },
];

pub(super) const PORT_MAPPING: &[Item] = &[
    Item {
        key: "containerPort",
        form: Integer(1, 65535),
        is_required: true,
        meaning: "The port of the node, such as a NodePort.",
    },
    Item {
        key: "hostPort",
        form: Integer(-1, 65535),
        is_required: false,
        meaning: "The port of the host; if left out, 0 or -1, the first free one from 20000 to 29999, \
                  which is kept.",
    },
    Item {
        key: "listenAddress",
        form: Text(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"),
        is_required: false,
        meaning: "The address of the host to listen on; 127.0.0.1 by default.",
    },
    Item {
        key: "protocol",
        form: Text("^([Tt][Cc][Pp]|[Uu][Dd][Pp])$"),
        is_required: false,
        meaning: "The protocol, TCP or UDP; TCP by default.",
    },
];

pub(super) const JSON_PATCH: &[Item] = &[
    Item {
        key: "kind",
        form: Text("^[A-Za-z]+$"),
        is_required: true,
        meaning: "The kind of the document to patch.",
    },
    Item {
        key: "patch",
        form: Text(""),
        is_required: true,
        meaning: "The list of operations, in YAML or JSON.",
    },
];

pub(super) const FILE: &[Item] = &[
    Item {
        key: "path",
        form: Text(PATH),
        is_required: true,
        meaning: "The absolute path in the node.",
    },
    Item {
        key: "content",
        form: Text(""),
        is_required: true,
        meaning: "The content of the file.",
    },
    Item {
        key: "executable",
        form: Boolean,
        is_required: false,
        meaning: "Whether the file is executable; false by default.",
    },
    Item {
        key: "mode",
        form: Text(MODE),
        is_required: false,
        meaning: "The permission bits, such as `0644`; by default `0600`, or `0700` for an executable \
                  file.",
    },
];

pub(super) const UNIT: &[Item] = &[
    Item {
        key: "name",
        form: Text(r"^[A-Za-z0-9:_.@-]+\.(service|socket|timer|path|mount|target)$"),
        is_required: true,
        meaning: "The name of the unit, such as `hello.service`.",
    },
    Item {
        key: "content",
        form: Text(""),
        is_required: true,
        meaning: "The unit file, see systemd.unit(5).",
    },
];

pub(super) const MIRROR: &[Item] = &[
    Item {
        key: "registry",
        form: Text(REGISTRY),
        is_required: true,
        meaning: "The registry, or a namespace of it: `docker.io`, `quay.io/team`.",
    },
    Item {
        key: "mirror",
        form: Text(REGISTRY),
        is_required: true,
        meaning: "The mirror to pull from.",
    },
    Item {
        key: "insecure",
        form: Boolean,
        is_required: false,
        meaning: "Whether HTTP and untrusted certificates are allowed; false by default.",
    },
];

pub(super) const MANIFEST: &[Item] = &[
    Item {
        key: "path",
        form: Text("."),
        is_required: true,
        meaning: "A file of up to 16 MiB in YAML or JSON, or a directory, of which each `*.yaml`, `*.yml` and \
                  `*.json` is taken in the order of the names. A relative path begins at the file of the \
                  declaration, or where kinc runs when that is standard input. What is there is copied: \
                  apply again after a change.",
    },
    Item {
        key: "sha256",
        form: Text("^[0-9a-f]{64}$"),
        is_required: false,
        meaning: "The SHA-256 that the file has to have; recorded when it is copied.",
    },
];
