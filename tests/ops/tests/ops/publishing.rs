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
async fn an_omitted_host_port_is_chosen_once_and_shown() {
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
        (shown.api_server.as_str(), shown.nodes[0].ports.as_slice()),
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
async fn a_privileged_port_is_rejected_before_anything_is_written() {
    let mut world = World::new().await;
    let dev = declared(
        "dev",
        "{nodes: [{extraPortMappings: [{containerPort: 80, hostPort: 80}]}]}",
    );
    let (words, _) = world.words(&world.apply(std::slice::from_ref(&dev)).await.unwrap_err());
    assert_eq!(
        words,
        "cluster.yaml:4:37: `spec.nodes[].extraPortMappings`: port 80 cannot be published: users of this host \
         have the ports from 1024 on; to allow more: echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee \
         /etc/sysctl.d/60-unprivileged-ports.conf && sudo sysctl --system"
    );
    assert!(world.files("config").is_empty());
    says(&world, "sys/net/ipv4/ip_unprivileged_port_start", "80\n");
    world.next_kinc();
    let applied = world.apply(&[dev]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
}

#[tokio::test]
async fn a_new_listen_address_must_exist_on_the_host() {
    let world = World::new().await;
    let has = |address: &str| {
        let trie = format!("Main:\n  |-- {address}\n    /32 host LOCAL\n");
        says(&world, "self/net/fib_trie", &trie);
    };
    let ports = |address: &str| {
        let mapping = format!("{{containerPort: 80, hostPort: 8080, listenAddress: {address}}}");
        declared(
            "dev",
            &format!("{{nodes: [{{extraPortMappings: [{mapping}]}}]}}"),
        )
    };
    has("192.0.2.10");
    let api_server = declared("dev", "{networking: {apiServerAddress: 192.0.2.77}}");
    let cases = [
        (
            ports("192.0.2.77"),
            "4:37: `spec.nodes[].extraPortMappings`",
        ),
        (api_server, "4:39: `spec.networking.apiServerAddress`"),
    ];
    for (cluster, place) in cases {
        let error = world.apply(&[cluster]).await.unwrap_err();
        let words = format!(
            "cluster.yaml:{place}: this host has no address `192.0.2.77`, so no port can be published on it; \
             `ip -4 address` lists those that it has, and 0.0.0.0 is all of them"
        );
        assert_eq!(world.words(&error).0, words);
        assert!(world.files("config").is_empty());
    }
    for address in ["127.0.0.9", "0.0.0.0", "192.0.2.10"] {
        world.apply(&[ports(address)]).await.unwrap();
    }
    // A VPN that is down takes nothing from a cluster that has its address.
    has("192.0.2.11");
    let labelled = "labels: {disk: fast}, extraPortMappings: [{containerPort: 80, hostPort: 8080, \
                    listenAddress: 192.0.2.10}]";
    let changed = declared("dev", &format!("{{nodes: [{{{labelled}}}]}}"));
    world.apply(&[changed]).await.unwrap();
}
