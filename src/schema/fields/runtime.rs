//! What CRI-O is told, and what is applied at each start.

use crate::schema::Effect::Restart;
use crate::schema::Form::{Items, List};
use crate::schema::LeftOut::Default;
use crate::schema::items::MIRROR;
use crate::schema::{Description, Field};

pub(super) const CRIO_DROP_INS: Description = Description {
    field: Field::CrioDropIns,
    path: "spec.crioDropIns",
    form: List,
    meaning: "Parts of CRI-O's configuration in TOML, read after the image's own.",
    default: "none",
    example: "[\"[crio.runtime]\\nlog_level = \\\"debug\\\"\\n\"]",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};

pub(super) const REGISTRY_MIRRORS: Description = Description {
    field: Field::RegistryMirrors,
    path: "spec.registryMirrors",
    form: Items(MIRROR),
    meaning: "Where images are pulled from instead: the mirrors of a registry in their order, and then \
              the registry itself.",
    default: "none",
    example: "[{registry: docker.io, mirror: \"mirror.example.org:5000\"}]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const CA_CERTIFICATES: Description = Description {
    field: Field::CaCertificates,
    path: "spec.caCertificates",
    form: List,
    meaning: "Certificates of authorities, in PEM, that CRI-O trusts beside those of the image when it \
              pulls.",
    default: "none",
    example: "[\"-----BEGIN CERTIFICATE-----\\nMII=\\n-----END CERTIFICATE-----\\n\"]",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const MANIFESTS: Description = Description {
    field: Field::Manifests,
    path: "spec.manifests",
    form: List,
    meaning: "Objects in YAML, applied by the node at each start, before it says that it is ready. \
              What another start finds no more in here stays.",
    default: "none",
    example: "[\"{apiVersion: v1, kind: Namespace, metadata: {name: web}}\"]",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};
