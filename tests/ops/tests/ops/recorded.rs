//! What the versions of Podman answer is read to the same values.

use std::collections::BTreeMap;

use kinc::edge::podman::Running;
use kinc::ops::apply::Action;

use crate::world::{World, default, outcomes};

/// A directory of `recordings/` each.
const VERSIONS: [&str; 4] = ["4.9", "5.4", "5.8", "6.0"];

const NODE: &str = "kinc-dev-control-plane";

#[tokio::test]
async fn the_output_of_each_podman_version_is_read_alike() {
    for version in VERSIONS {
        let world = World::new().await;
        world.store.set_version(version);
        world.apply(&[default("dev")]).await.unwrap();
        let podman = &world.context.podman;
        let image = default("dev").image;
        let labels = podman.image_labels(&image).await.unwrap().unwrap();
        let keys: Vec<&str> = labels.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["io.kinc.contract", "io.kinc.kubernetes"],
            "{version}"
        );
        let id = "sha-1".to_owned();
        let running = Running {
            command: world.fake.facts(&format!("{NODE}.service")).exec_start,
            image_id: id.clone(),
        };
        // There is no such container, and a volume that begins so.
        let containers = [NODE, "kinc-dev-control-plane-cont", "absent"].map(str::to_owned);
        let images = [image.clone(), "absent".to_owned()];
        let found = podman
            .running_and_images(&containers, &images)
            .await
            .unwrap();
        let expected = (
            BTreeMap::from([(NODE.to_owned(), running)]),
            BTreeMap::from([(image, id)]),
        );
        assert_eq!(found, expected, "{version}");
        assert!(podman.is_running(NODE).await.unwrap(), "{version}");
        let volume = format!("{NODE}-containers");
        let labelled = podman
            .labelled("volume", "io.kinc.cluster=dev")
            .await
            .unwrap();
        assert_eq!(labelled, [volume], "{version}");
        let networks = podman.networks().await.unwrap().into_iter();
        let networks = networks.map(|one| (one.name, one.subnets, one.is_isolated));
        let dev = (
            "kinc-dev".to_owned(),
            vec!["10.200.0.0/24".to_owned()],
            true,
        );
        assert_eq!(networks.collect::<Vec<_>>(), [dev], "{version}");
    }
}

#[tokio::test]
async fn with_each_podman_version_a_second_apply_changes_nothing() {
    for version in VERSIONS {
        let world = World::new().await;
        world.store.set_version(version);
        world.apply(&[default("dev")]).await.unwrap();
        let applied = world.apply(&[default("dev")]).await.unwrap();
        assert_eq!(outcomes(&applied), [Ok(Action::Unchanged)], "{version}");
    }
}
