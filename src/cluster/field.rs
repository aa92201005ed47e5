//! The fields of a declaration, and their paths in the document.
//!
//! What they may hold is said in `spec`.

/// A field of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `metadata.name`, the only one that may not be left out.
    Name,
    /// `spec.image`
    Image,
    /// `spec.kubernetesVersion`
    KubernetesVersion,
    /// `spec.autostart`
    Autostart,
    /// `spec.networking.apiServerAddress`
    ApiServerAddress,
    /// `spec.networking.apiServerPort`
    ApiServerPort,
    /// `spec.networking.podSubnet`
    PodSubnet,
    /// `spec.networking.serviceSubnet`
    ServiceSubnet,
    /// `spec.networking.nodeSubnet`
    NodeSubnet,
    /// `spec.networking.cni`
    Cni,
    /// `spec.storage`
    Storage,
    /// `spec.resources.memory`
    Memory,
    /// `spec.resources.cpu`
    Cpu,
    /// `spec.resources.cpuWeight`
    CpuWeight,
    /// `spec.resources.tasks`
    Tasks,
}

impl Field {
    /// Returns the field's path in the YAML document.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Name => "metadata.name",
            Self::Image => "spec.image",
            Self::KubernetesVersion => "spec.kubernetesVersion",
            Self::Autostart => "spec.autostart",
            Self::ApiServerAddress => "spec.networking.apiServerAddress",
            Self::ApiServerPort => "spec.networking.apiServerPort",
            Self::PodSubnet => "spec.networking.podSubnet",
            Self::ServiceSubnet => "spec.networking.serviceSubnet",
            Self::NodeSubnet => "spec.networking.nodeSubnet",
            Self::Cni => "spec.networking.cni",
            Self::Storage => "spec.storage",
            Self::Memory => "spec.resources.memory",
            Self::Cpu => "spec.resources.cpu",
            Self::CpuWeight => "spec.resources.cpuWeight",
            Self::Tasks => "spec.resources.tasks",
        }
    }
}
