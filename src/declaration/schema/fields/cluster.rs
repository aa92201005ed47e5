//! The cluster as a whole.

use crate::declaration::schema::Description;
use crate::declaration::schema::FieldType::{Boolean, Choice, Map, Text};
use crate::declaration::schema::Impact::{Immutable, NoRestart, Restart};
use crate::declaration::schema::WhenOmitted::{Default, KeepCurrent};
use crate::declaration::schema::items::PATH;
use crate::model::cluster::Storage;
use crate::model::field::Field;

pub(super) const FIELDS: &[Description] = &[
    Description {
        field: Field::Name,
        field_type: Text("^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"),
        meaning: "The name of the cluster, at most 40 characters. Everything that belongs to the cluster \
                  has a name that starts with `kinc-NAME`.",
        default: "",
        example: "dev",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::Uid,
        field_type: Text("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
        meaning: "The UUID of the cluster, which kinc generates when it creates the cluster. The data is \
                  marked with it, and a node does not start on data that has another one.",
        default: "a random one",
        example: "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::Annotations,
        field_type: Map,
        meaning: "Notes on the cluster. kinc records in `kinc.dev/declared-in` which file declares it, for \
                  `kinc apply --prune`.",
        default: "none",
        example: "{team: web}",
        impact: NoRestart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::KubernetesVersion,
        field_type: Text(r"^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"),
        meaning: "The version of Kubernetes. The node image must contain it.",
        default: "v1.36.3",
        example: "v1.36.3",
        impact: Immutable,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::Image,
        field_type: Text("^[0-9A-Za-z][0-9A-Za-z._/:@-]*$"),
        meaning: "The node image, fully qualified. It must be on the host: kinc never pulls it.",
        default: "`localhost/kinc/node:VERSION`, the image of `kinc image build`",
        example: "localhost/kinc/node:v1.36.3",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Autostart,
        field_type: Boolean,
        meaning: "Whether the cluster starts when the host boots. kinc enables lingering for it, and never \
                  disables it again.",
        default: "true",
        example: "true",
        impact: NoRestart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::DataDir,
        field_type: Text(PATH),
        meaning: "The directory of the host in which the cluster stores its data, below `clusters/NAME`: \
                  an absolute path on a file system that supports files of other owners. To change it, \
                  move the data first; `kinc plan` prints the commands.",
        default: "`~/.local/share/kinc`, or `kinc` in the `XDG_DATA_HOME` of the user manager",
        example: "/srv/kinc",
        impact: Restart,
        when_omitted: KeepCurrent,
        is_sensitive: false,
    },
    Description {
        field: Field::Storage,
        field_type: Choice(Storage::NAMES),
        meaning: "The default storage class: `local-path` provisions directories of the node, `none` \
                  installs no class. A class that is already installed stays.",
        default: "local-path",
        example: "local-path",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
];
