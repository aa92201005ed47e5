//! Ports of the host: chosen by what the kernel says of them, and kept.

use std::fs;

use kinc::ops::apply::Action;
use kinc::ops::status::{self, Port};

use crate::world::{World, declared, name, outcomes};

/// Has a file of the kernel's say this.
fn says(world: &World, path: &str, text: &str) {
    let path = world.path("proc").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A table of sockets with one that is open to everybody at 127.0.0.1:20000.
fn table(state: &str) -> String {
    format!("heading\n   0: 0100007F:4E20 00000000:0000 {state} 00000000:00000000\n")
}

#[tokio::test]
async fn a_port_that_is_left_open_is_chosen_once_and_shown() {
    let mut world = World::new().await;
    says(&world, "self/net/udp", &table("07"));
    let dev = declared(
        "dev",
        "{nodes: [{extraPortMappings: [{containerPort: 53, protocol: udp}, {containerPort: 80, hostPort: -1}]}], \
         networking: {apiServerPort: 0}}",
    );
    world.apply(std::slice::from_ref(&dev)).await.unwrap();
    let port = |host_port, container_port, protocol| Port {
        listen_address: "127.0.0.1".to_owned(),
        host_port,
        container_port,
        protocol,
    };
    let expected = [port(20001, 53, "UDP"), port(20000, 80, "TCP")];
    let name = name("dev");
    let shown = status::describe(&world.context, &name, &mut |_| {}).await;
    let shown = shown.unwrap().cluster;
    assert_eq!(
        (shown.api_server.as_str(), shown.ports.as_slice()),
        ("127.0.0.1:6443", expected.as_slice())
    );
    // It listens itself now, and the other program is gone.
    says(&world, "self/net/udp", "heading\n");
    says(&world, "self/net/tcp", &table("0A"));
    world.next_kinc();
    let applied = world.apply(&[dev]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Unchanged)]);
}

#[tokio::test]
async fn a_port_that_users_of_the_host_may_not_have_is_refused_before_anything_is_written() {
    let mut world = World::new().await;
    let dev = declared(
        "dev",
        "{nodes: [{extraPortMappings: [{containerPort: 80, hostPort: 80}]}]}",
    );
    let (words, _) = world.words(&world.apply(std::slice::from_ref(&dev)).await.unwrap_err());
    assert_eq!(
        words,
        "cluster.yaml:4:36: `spec.nodes[].extraPortMappings`: port 80 cannot be published: users of this host \
         have the ports from 1024 on; let them have more: echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee \
         /etc/sysctl.d/60-unprivileged-ports.conf && sudo sysctl --system"
    );
    assert!(world.files("config").is_empty());
    says(&world, "sys/net/ipv4/ip_unprivileged_port_start", "80\n");
    world.next_kinc();
    let applied = world.apply(&[dev]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
}
