//! The programs in a node image and how each is built. Data only.

/// A Go module below images/node/modules, and what its `tool` lines build.
#[derive(Debug)]
pub(crate) struct GoModule {
    /// The directory.
    pub(crate) name: &'static str,
    /// The programs that come out.
    pub(crate) programs: &'static [&'static str],
    /// Build tags, separated by commas.
    pub(crate) tags: &'static str,
    /// Whether it needs a C compiler.
    pub(crate) cgo: bool,
    /// Go variables that get the Kubernetes version.
    pub(crate) version_variables: &'static [&'static str],
    /// A program that Go names otherwise.
    pub(crate) rename: Option<(&'static str, &'static str)>,
}

/// A module that needs nothing special.
const PLAIN: GoModule = GoModule {
    name: "",
    programs: &[],
    tags: "",
    cgo: false,
    version_variables: &[],
    rename: None,
};

/// All Go modules, the largest first.
pub(crate) const GO_MODULES: [GoModule; 7] = [
    GoModule {
        name: "kubernetes",
        programs: &[
            "kube-apiserver",
            "kube-controller-manager",
            "kube-proxy",
            "kube-scheduler",
            "kubeadm",
            "kubectl",
            "kubelet",
        ],
        version_variables: &[
            "k8s.io/component-base/version.gitVersion",
            "k8s.io/client-go/pkg/version.gitVersion",
        ],
        ..PLAIN
    },
    GoModule {
        name: "cri-o",
        programs: &["crio"],
        // What CRI-O's own Makefile sets where gpgme, ostree and btrfs are not there.
        tags: "containers_image_openpgp,containers_image_ostree_stub,exclude_graphdriver_btrfs,btrfs_noversion,seccomp",
        cgo: true,
        ..PLAIN
    },
    GoModule {
        name: "coredns",
        programs: &["coredns"],
        ..PLAIN
    },
    GoModule {
        name: "etcd",
        programs: &["etcd", "etcdctl", "etcdutl"],
        rename: Some(("server", "etcd")),
        ..PLAIN
    },
    GoModule {
        name: "cri-tools",
        programs: &["crictl"],
        ..PLAIN
    },
    GoModule {
        name: "storage",
        programs: &["local-path-provisioner"],
        ..PLAIN
    },
    GoModule {
        name: "cni",
        programs: &["bridge", "host-local", "loopback", "portmap"],
        ..PLAIN
    },
];

/// A program in C, from the sources of a Go module.
#[derive(Debug)]
pub(crate) struct CProgram {
    /// The program.
    pub(crate) name: &'static str,
    /// The directory below images/node/modules that requires the package.
    pub(crate) module: &'static str,
    /// The package with the sources.
    pub(crate) package: &'static str,
    /// The sources, below the package.
    pub(crate) sources: &'static [&'static str],
    /// Compiler flags.
    pub(crate) flags: &'static [&'static str],
    /// How its version is called in images/node/versions, and stands in C.
    pub(crate) version: CVersion,
}

/// How a program in C gets its version.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CVersion {
    /// As a text in quotes.
    Text(&'static str),
    /// As it is; its source makes a text of it.
    Bare(&'static str),
}

/// All programs in C.
pub(crate) const C_PROGRAMS: [CProgram; 2] = [
    CProgram {
        name: "pinns",
        module: "cri-o",
        package: "github.com/cri-o/cri-o",
        sources: &["pinns/src/pinns.c", "pinns/src/sysctl.c"],
        flags: &["-std=c99"],
        version: CVersion::Text("CRIO_VERSION"),
    },
    CProgram {
        name: "pause",
        module: "kubernetes",
        package: "k8s.io/kubernetes",
        sources: &["build/pause/linux/pause.c"],
        flags: &[],
        version: CVersion::Bare("PAUSE_TAG"),
    },
];

/// Returns the names of all programs.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let go = GO_MODULES.iter().flat_map(|module| module.programs);
    go.copied()
        .chain(C_PROGRAMS.iter().map(|program| program.name))
}
