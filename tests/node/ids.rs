//! Which ids of a node are for pods with users of their own, and what becomes of mounts in such a pod.

use std::fs;

use super::tree::Tree;

/// 65536 subordinate ids, as most users have them.
const FEW: &str = "0 1000 1\n1 100000 65536\n";

/// Enough for 110 pods beside them, and not one more.
const ENOUGH: &str = "0 1000 1\n1 100000 65536\n65537 10000000 7274495\n";

/// Returns the ID range that kubelet gets on a node with these ID maps, if its kubeadm.conf contains `words`.
fn told(uid_map: &str, gid_map: &str, words: &str) -> String {
    let tree = Tree::new();
    let write = |path: &str, text: &str| fs::write(tree.path().join(path), text).unwrap();
    write("self/uid_map", uid_map);
    write("self/gid_map", gid_map);
    write("etc/kubeadm.conf", words);
    tree.run("bash $root/kinc/subids").trim_end().to_owned()
}

#[test]
fn pods_have_ids_of_one_range_if_there_are_enough_for_all_of_them() {
    let default = "0: kubelet 65536 4294901760";
    assert_eq!(told(FEW, FEW, ""), default);
    assert_eq!(told(ENOUGH, ENOUGH, ""), "0: kubelet 131072 7208960");
    let one_less = ENOUGH.replace("7274495", "7274494");
    assert_eq!(told(&one_less, &one_less, ""), default);
    let enough = ENOUGH.replace("7274495", "7340032");
    assert_eq!(told(&enough, &enough, ""), "0: kubelet 131072 7274496");
    // Both kinds are the same ids.
    assert_eq!(told(&enough, FEW, ""), default);
    let one = "0 1000 1\n1 100000 7340032\n";
    assert_eq!(told(one, one, ""), "0: kubelet 65536 7274496");
    assert_eq!(told(&enough, one, ""), "0: kubelet 131072 7208960");
}

#[test]
fn the_id_range_is_sized_by_max_pods() {
    let map = "0 1000 1\n1 100000 720896\n";
    assert_eq!(told(map, map, "maxPods: 10\n"), "0: kubelet 65536 655360");
    let default = "0: kubelet 65536 4294901760";
    assert_eq!(told(map, map, "  maxPods: 11\n"), default);
    assert_eq!(told(map, map, "{\"maxPods\": 11}\n"), default);
    // The flag counts, as it does for kubelet, and that at the first start, too: it is where kubeadm reads it.
    let flag = |pods: &str| {
        format!("  - name: v\n    value: \"3\"\n  - name: max-pods\n    value: {pods}\n")
    };
    assert_eq!(told(map, map, &flag("\"10\"")), "0: kubelet 65536 655360");
    assert_eq!(
        told(map, map, &format!("{}maxPods: 10\n", flag("\"11\""))),
        default
    );
    let both = format!("{}maxPods: 11\n", flag("'10'"));
    assert_eq!(told(map, map, &both), "0: kubelet 65536 655360");
}

#[test]
fn records_of_former_id_ranges_are_removed() {
    let tree = Tree::new();
    let map = "0 1000 1\n1 100000 7340032\n";
    let note = |pod: &str, first: u32| {
        let directory = tree.path().join("kubelet/pods").join(pod);
        fs::create_dir_all(&directory).unwrap();
        let mapping = format!("{{\"hostId\":{first},\"containerId\":0,\"length\":65536}}");
        let text = format!("{{\"uidMappings\":[{mapping}],\"gidMappings\":[{mapping}]}}");
        fs::write(directory.join("userns"), text).unwrap();
    };
    note("kept", 65536);
    note("last", 7_274_496);
    note("gone", 3_538_944_000);
    for (path, text) in [
        ("self/uid_map", map),
        ("self/gid_map", map),
        ("etc/kubeadm.conf", ""),
    ] {
        fs::write(tree.path().join(path), text).unwrap();
    }
    let left = "bash $root/kinc/subids > /dev/null; cd $root/kubelet/pods && ls */userns";
    assert_eq!(tree.run(left), "kept/userns\nlast/userns\n");
}

#[test]
fn only_files_private_to_a_pod_are_mounted_unmapped() {
    let tree = Tree::new();
    // What is on a tmpfs has that in its name here.
    tree.program(
        "bin/stat",
        "case $4 in *tmpfs*) echo tmpfs;; *) echo ext2/ext3;; esac",
    );
    let mount = |source: &str| {
        format!(
            "{{\"destination\":\"/v\",\"type\":\"bind\",\"source\":\"{source}\",\"uidMappings\":[1],\"gidMappings\":[1]}}"
        )
    };
    let pod = tree.path().join("kubelet/pods/7f55");
    let of_pod = |path: &str| mount(&format!("{}/{path}", pod.display()));
    let write = |mounts: &[String]| {
        let text = format!("{{\"mounts\":[{}]}}", mounts.join(","));
        fs::write(tree.path().join("config.json"), text).unwrap();
    };
    let run = "bash $root/kinc/mappings $root/config.json 2>&1; echo $?; \
               jq --compact-output '[.mounts[] | has(\"uidMappings\")]' $root/config.json";
    write(&[
        of_pod("etc-hosts"),
        of_pod("containers/c/1"),
        of_pod("volumes/kubernetes.io~empty-dir/v"),
        of_pod("volumes/kubernetes.io~empty-dir/tmpfs"),
        of_pod("volumes/kubernetes.io~configmap/v"),
        of_pod("volumes/kubernetes.io~projected/tmpfs"),
    ]);
    assert_eq!(tree.run(run), "0\n[false,false,false,true,false,true]\n");
    for source in [
        "/mnt/data".to_owned(),
        format!("{}/volumes/kubernetes.io~csi/v/mount", pod.display()),
    ] {
        write(&[of_pod("etc-hosts"), mount(&source)]);
        assert_eq!(
            tree.run(run),
            format!(
                "the volume at /v cannot be used with `hostUsers: false`: only root of the host can map the IDs of {source}\n\
                 1\n[true,true]\n"
            )
        );
    }
}
