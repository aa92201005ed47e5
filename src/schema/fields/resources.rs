//! What all nodes together may take of the host.

use crate::schema::Effect::Live;
use crate::schema::Form::Limit;
use crate::schema::LeftOut::Default;
use crate::schema::{Description, Field};

/// A quantity of Kubernetes.
const QUANTITY: &str = r"^([0-9]+(\.[0-9]+)?([mkMGTP]|[KMGTP]i)?|none)$";

pub(super) const MEMORY: Description = Description {
    field: Field::Memory,
    path: "spec.resources.memory",
    form: Limit(QUANTITY),
    meaning: "The most memory, from 1Gi on. Pods are evicted before the kernel ends any.",
    default: "none",
    example: "4Gi",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const CPU: Description = Description {
    field: Field::Cpu,
    path: "spec.resources.cpu",
    form: Limit(QUANTITY),
    meaning: "The most processor time, from 1 on; 1500m is one and a half processors.",
    default: "none",
    example: "1500m",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const CPU_WEIGHT: Description = Description {
    field: Field::CpuWeight,
    path: "spec.resources.cpuWeight",
    form: Limit("^([0-9]+|none)$"),
    meaning: "The share of the processors while others want them too, from 1 to 10000; others have \
              100.",
    default: "none",
    example: "50",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const IO_WEIGHT: Description = Description {
    field: Field::IoWeight,
    path: "spec.resources.ioWeight",
    form: Limit("^([0-9]+|none)$"),
    meaning: "The share of the disks while others want them too, from 1 to 10000; others have 100. The \
              host has to hand the controller `io` to its users.",
    default: "none",
    example: "50",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const TASKS: Description = Description {
    field: Field::Tasks,
    path: "spec.resources.tasks",
    form: Limit("^([0-9]+|none)$"),
    meaning: "The most processes and threads, from 1000 on.",
    default: "none",
    example: "8000",
    effect: Live,
    left_out: Default,
    is_sensitive: false,
};
