//! The cluster as a whole.

use crate::schema::Effect::{None, Refused, Restart};
use crate::schema::Form::{Boolean, Choice, Map, Text};
use crate::schema::LeftOut::{Default, Kept};
use crate::schema::items::PATH;
use crate::schema::{Description, Field};

pub(super) const NAME: Description = Description {
    field: Field::Name,
    path: "metadata.name",
    form: Text("^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"),
    meaning: "The name of the cluster, at most 40 characters. Everything that belongs to it is \
              called `kinc-NAME`, or begins so.",
    default: "",
    example: "dev",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const UID: Description = Description {
    field: Field::Uid,
    path: "metadata.uid",
    form: Text("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    meaning: "What tells the cluster from every other of its name: a UUID that kinc gives it when it is \
              made. Its data is marked with it, and a node starts on no other.",
    default: "a random one",
    example: "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const ANNOTATIONS: Description = Description {
    field: Field::Annotations,
    path: "metadata.annotations",
    form: Map,
    meaning: "What you note on it. kinc notes in `kinc.dev/declared-in` which file it was declared in, \
              for `kinc apply --prune`.",
    default: "none",
    example: "{team: web}",
    effect: None,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const KUBERNETES_VERSION: Description = Description {
    field: Field::KubernetesVersion,
    path: "spec.kubernetesVersion",
    form: Text(r"^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"),
    meaning: "The version of Kubernetes. The node image has to hold it.",
    default: "v1.36.3",
    example: "v1.36.3",
    effect: Refused,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const IMAGE: Description = Description {
    field: Field::Image,
    path: "spec.image",
    form: Text("^[0-9A-Za-z][0-9A-Za-z._/:@-]*$"),
    meaning: "The node image, in full. It has to be on the host: a start never reaches for a \
              registry.",
    default: "`localhost/kinc/node:` and the version, as `kinc image build` names it",
    example: "localhost/kinc/node:v1.36.3",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const AUTOSTART: Description = Description {
    field: Field::Autostart,
    path: "spec.autostart",
    form: Boolean,
    meaning: "Whether the cluster starts with the host. It turns lingering on, which is never \
              turned off again.",
    default: "true",
    example: "true",
    effect: None,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const DATA_DIR: Description = Description {
    field: Field::DataDir,
    path: "spec.dataDir",
    form: Text(PATH),
    meaning: "The directory of the host below which the cluster keeps its data, in `clusters/NAME`: an \
              absolute path on a file system that can hold files of other owners. It changes only once \
              the data has been moved there; `kinc plan` says how.",
    default: "`~/.local/share/kinc`, where the user manager looks for data",
    example: "/srv/kinc",
    effect: Restart,
    left_out: Kept,
    is_sensitive: false,
};

pub(super) const STORAGE: Description = Description {
    field: Field::Storage,
    path: "spec.storage",
    form: Choice(&["local-path", "none"]),
    meaning: "The default storage class: directories of the node's own volume, or none. What is \
              installed already stays.",
    default: "local-path",
    example: "local-path",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};
