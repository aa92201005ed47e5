//! The cluster as a whole.

use crate::schema::Effect::{None, Refused, Restart};
use crate::schema::Form::{Boolean, Choice, Map, Text};
use crate::schema::LeftOut::{Default, Kept};
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
};
