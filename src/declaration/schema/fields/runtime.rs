//! The configuration of CRI-O, and the objects that the node applies at each start.

use crate::declaration::schema::Description;
use crate::declaration::schema::FieldType::{List, ObjectList, TextsOrObjects};
use crate::declaration::schema::Impact::Restart;
use crate::declaration::schema::WhenOmitted::Default;
use crate::declaration::schema::items::{MANIFEST, MIRROR};
use crate::model::field::Field;

pub(super) const FIELDS: &[Description] = &[
    Description {
        field: Field::CrioDropIns,
        field_type: List,
        meaning: "Drop-ins for the configuration of CRI-O, in TOML. They override the configuration of the \
                  image.",
        default: "none",
        example: "[\"[crio.runtime]\\nlog_level = \\\"debug\\\"\\n\"]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
    Description {
        field: Field::RegistryMirrors,
        field_type: ObjectList(MIRROR),
        meaning: "Mirrors of registries. CRI-O tries the mirrors of a registry in order, and then the \
                  registry itself.",
        default: "none",
        example: "[{registry: docker.io, mirror: \"mirror.example.org:5000\"}]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::CaCertificates,
        field_type: List,
        meaning: "CA certificates in PEM that CRI-O trusts when it pulls images, in addition to those of \
                  the node image.",
        default: "none",
        example: "[\"-----BEGIN CERTIFICATE-----\\nMII=\\n-----END CERTIFICATE-----\\n\"]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Manifests,
        field_type: TextsOrObjects(MANIFEST),
        meaning: "Objects that the node applies at each start, in this order: as texts in YAML, or as files and \
                  directories of files beside the declaration (`- path: deploy/`). An object that needs what comes later, such as \
                  its kind or a webhook, is tried again until it is applied; the cluster is ready without it \
                  after half a minute, and its status says so. An object that is removed here stays in the \
                  cluster.",
        default: "none",
        example: "[\"{apiVersion: v1, kind: Namespace, metadata: {name: web}}\"]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
];
