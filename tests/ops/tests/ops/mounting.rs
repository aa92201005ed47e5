//! Files of the host that a node is to see.

use crate::world::{World, declared};

#[tokio::test]
async fn a_missing_host_path_is_reported_before_anything_is_written() {
    let world = World::new().await;
    let mount = |path: &str| {
        declared(
            "dev",
            &format!("{{nodes: [{{extraMounts: [{{hostPath: {path}, containerPath: /a}}]}}]}}"),
        )
    };
    let error = world.apply(&[mount("/no/such/file")]).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "cluster.yaml:4:31: `spec.nodes[].extraMounts`: there is no `/no/such/file` on this host; create it \
         first, because Podman does not"
    );
    assert!(world.changes().is_empty());
    assert!(world.files("config").is_empty());
    world.apply(&[mount("/dev/null")]).await.unwrap();
}
