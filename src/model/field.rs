//! The identity of a field of a declaration: its name in the program, and its path in the document.
//!
//! What a field means, holds and takes is in the table of `declaration::schema`.

macro_rules! fields {
    ($($field:ident = $path:literal,)*) => {
        /// A field of a declaration, in the order in which a resolved one has them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $(#[doc = concat!("`", $path, "`")] $field,)*
        }

        impl Field {
            /// Returns every field, in order.
            pub fn all() -> impl Iterator<Item = Self> {
                [$(Self::$field),*].into_iter()
            }

            /// Returns the field's path in the YAML document.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self {
                    $(Self::$field => $path,)*
                }
            }
        }
    };
}

fields! {
    Name = "metadata.name",
    Uid = "metadata.uid",
    Annotations = "metadata.annotations",
    KubernetesVersion = "spec.kubernetesVersion",
    Image = "spec.image",
    Autostart = "spec.autostart",
    DataDir = "spec.dataDir",
    Role = "spec.nodes[].role",
    NodeName = "spec.nodes[].name",
    NodeAddress = "spec.nodes[].address",
    Labels = "spec.nodes[].labels",
    Taints = "spec.nodes[].taints",
    ExtraMounts = "spec.nodes[].extraMounts",
    ExtraPortMappings = "spec.nodes[].extraPortMappings",
    Devices = "spec.nodes[].devices",
    Sysctls = "spec.nodes[].sysctls",
    Environment = "spec.nodes[].environment",
    Files = "spec.nodes[].files",
    Units = "spec.nodes[].units",
    NodeMemory = "spec.nodes[].resources.memory",
    NodeCpu = "spec.nodes[].resources.cpu",
    NodeTasks = "spec.nodes[].resources.tasks",
    ApiServerAddress = "spec.networking.apiServerAddress",
    ApiServerPort = "spec.networking.apiServerPort",
    ApiServerCertSans = "spec.networking.apiServerCertSANs",
    IpFamily = "spec.networking.ipFamily",
    PodSubnet = "spec.networking.podSubnet",
    ServiceSubnet = "spec.networking.serviceSubnet",
    NodeSubnet = "spec.networking.nodeSubnet",
    DnsDomain = "spec.networking.dnsDomain",
    DnsSearch = "spec.networking.dnsSearch",
    Cni = "spec.networking.cni",
    KubeProxyMode = "spec.networking.kubeProxyMode",
    Storage = "spec.storage",
    FeatureGates = "spec.featureGates",
    RuntimeConfig = "spec.runtimeConfig",
    KubeadmConfigPatches = "spec.kubeadmConfigPatches",
    KubeadmConfigPatchesJson6902 = "spec.kubeadmConfigPatchesJSON6902",
    SchedulerConfig = "spec.schedulerConfig",
    CrioDropIns = "spec.crioDropIns",
    RegistryMirrors = "spec.registryMirrors",
    CaCertificates = "spec.caCertificates",
    Manifests = "spec.manifests",
    Memory = "spec.resources.memory",
    Cpu = "spec.resources.cpu",
    CpuWeight = "spec.resources.cpuWeight",
    IoWeight = "spec.resources.ioWeight",
    Tasks = "spec.resources.tasks",
}

/// How the paths of the fields of a node begin.
const NODES: &str = "spec.nodes[].";

impl Field {
    /// Returns the path within an item of `spec.nodes`; `None` for a field of the cluster.
    #[must_use]
    pub(crate) fn path_in_node(self) -> Option<&'static str> {
        self.path().strip_prefix(NODES)
    }

    /// Returns the last part of the path, which is its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        let path = self.path();
        path.rsplit('.').next().unwrap_or(path)
    }
}
