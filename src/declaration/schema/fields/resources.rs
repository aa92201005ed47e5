//! What all nodes together may take of the host.

use crate::declaration::schema::Description;
use crate::declaration::schema::FieldType::Limit;
use crate::declaration::schema::Impact::InPlace;
use crate::declaration::schema::WhenOmitted::Default;
use crate::model::field::Field;

/// A quantity of Kubernetes.
pub(super) const QUANTITY: &str = r"^([0-9]+(\.[0-9]+)?([mkMGTP]|[KMGTP]i)?|none)$";

pub(super) const FIELDS: &[Description] = &[
    Description {
        field: Field::Memory,
        field_type: Limit(QUANTITY),
        meaning: "The memory limit, at least 1Gi. kubelet evicts pods before the kernel kills a process.",
        default: "none",
        example: "4Gi",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Cpu,
        field_type: Limit(QUANTITY),
        meaning: "The limit on processor time, at least 1; 1500m is one and a half processors.",
        default: "none",
        example: "1500m",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::CpuWeight,
        field_type: Limit("^([0-9]+|none)$"),
        meaning: "The share of the processors under load, from 1 to 10000; other units have 100.",
        default: "none",
        example: "50",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::IoWeight,
        field_type: Limit("^([0-9]+|none)$"),
        meaning: "The share of the disks under load, from 1 to 10000; other units have 100. The host must \
                  delegate the controller `io` to its users.",
        default: "none",
        example: "50",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::Tasks,
        field_type: Limit("^([0-9]+|none)$"),
        meaning: "The limit on processes and threads, at least 1000.",
        default: "none",
        example: "8000",
        impact: InPlace,
        when_omitted: Default,
        is_sensitive: false,
    },
];
