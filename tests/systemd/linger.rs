//! Lingering, against a fake logind.

#![expect(
    clippy::unused_self,
    clippy::needless_pass_by_value,
    reason = "zbus prescribes how methods take their arguments"
)]

use kinc::edge::systemd::Logind;
use std::os::unix::net::UnixStream;
use zbus::connection::Builder;
use zbus::message::{Flags, Header};
use zbus::{Connection, Guid, OwnedObjectPath, interface};

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.login1")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    NoSuchUser(String),
}

struct FakeLogind;

#[interface(name = "org.freedesktop.login1.Manager")]
impl FakeLogind {
    fn get_user(&self, uid: u32) -> Result<OwnedObjectPath, Refusal> {
        if uid == 1002 {
            return Err(Refusal::NoSuchUser(
                "User ID 1002 is not logged in".to_owned(),
            ));
        }
        let path = format!("/org/freedesktop/login1/user/_{uid}");
        Ok(OwnedObjectPath::try_from(path).unwrap())
    }

    fn set_user_linger(
        &self,
        uid: u32,
        enable: bool,
        interactive: bool,
        #[zbus(header)] header: Header<'_>,
    ) -> zbus::fdo::Result<()> {
        let may_ask = header
            .primary()
            .flags()
            .contains(Flags::ALLOW_INTERACTIVE_AUTH);
        assert_eq!((enable, interactive, may_ask), (true, true, true));
        match uid {
            1000 => Ok(()),
            _ => Err(zbus::fdo::Error::AccessDenied(
                "Permission denied".to_owned(),
            )),
        }
    }
}

struct FakeUser {
    linger: bool,
}

#[interface(name = "org.freedesktop.login1.User")]
impl FakeUser {
    #[zbus(property)]
    fn linger(&self) -> bool {
        self.linger
    }
}

async fn logind() -> (Connection, Logind) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let server = Builder::unix_stream(ours)
        .server(Guid::generate())
        .p2p()
        .serve_at("/org/freedesktop/login1", FakeLogind)
        .serve_at(
            "/org/freedesktop/login1/user/_1000",
            FakeUser { linger: true },
        )
        .serve_at(
            "/org/freedesktop/login1/user/_1001",
            FakeUser { linger: false },
        )
        .build();
    let (server, client) = tokio::join!(server, Builder::unix_stream(theirs).p2p().build());
    (server.unwrap(), Logind::new(client.unwrap()))
}

#[tokio::test]
async fn lingering_is_read_and_an_unknown_user_does_not_linger() {
    let (_server, logind) = logind().await;
    for (uid, linger) in [(1000, true), (1001, false), (1002, false)] {
        assert_eq!(logind.linger(uid).await.unwrap(), linger, "{uid}");
    }
}

#[tokio::test]
async fn enabling_lingering_may_ask_and_a_denial_shows_the_command() {
    let (_server, logind) = logind().await;
    logind.enable_linger(1000).await.unwrap();
    let error = logind.enable_linger(1001).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "enabling lingering of user 1001: asking logind: permission denied (Permission denied)"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("sudo loginctl enable-linger 1001")
    );
}
