//! The D-Bus interfaces of systemd and logind, as far as they are used.
//!
//! No property of a unit is declared here: zbus would cache it, and systemd calls properties
//! `const` that change at each reload. Units are read with `GetAll`, in `state`.

use zbus::{OwnedObjectPath, Result};

/// The well-known name of systemd on either bus.
pub(crate) const SYSTEMD: &str = "org.freedesktop.systemd1";
/// The path of its manager object.
pub(crate) const SYSTEMD_PATH: &str = "/org/freedesktop/systemd1";
/// The interface of that object.
pub(crate) const MANAGER: &str = "org.freedesktop.systemd1.Manager";

/// One row of `ListUnitsByNames`: name, description, load state, active state, sub-state,
/// followed unit, path, job id, job type, job path.
pub(crate) type UnitRow = (
    String,
    String,
    String,
    String,
    String,
    String,
    OwnedObjectPath,
    u32,
    String,
    OwnedObjectPath,
);

/// What became of a link: `symlink` or `unlink`, its path, and where it points.
pub(crate) type LinkChange = (String, String, String);

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
pub(crate) trait SystemdManager {
    fn disable_unit_files(&self, names: &[&str], runtime: bool) -> Result<Vec<LinkChange>>;
    fn link_unit_files(
        &self,
        files: &[&str],
        runtime: bool,
        force: bool,
    ) -> Result<Vec<LinkChange>>;
    fn list_units_by_names(&self, names: &[&str]) -> Result<Vec<UnitRow>>;
    fn load_unit(&self, name: &str) -> Result<OwnedObjectPath>;
    fn reload(&self) -> Result<()>;
    fn reset_failed_unit(&self, name: &str) -> Result<()>;
    fn restart_unit(&self, name: &str, mode: &str) -> Result<OwnedObjectPath>;
    fn start_unit(&self, name: &str, mode: &str) -> Result<OwnedObjectPath>;
    fn stop_unit(&self, name: &str, mode: &str) -> Result<OwnedObjectPath>;
    fn subscribe(&self) -> Result<()>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn control_group(&self) -> Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn environment(&self) -> Result<Vec<String>>;
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
pub(crate) trait LoginManager {
    fn get_user(&self, uid: u32) -> Result<OwnedObjectPath>;
    /// May ask for a password through polkit, where there is somebody to ask.
    #[zbus(allow_interactive_auth)]
    fn set_user_linger(&self, uid: u32, enable: bool, interactive: bool) -> Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.User",
    default_service = "org.freedesktop.login1"
)]
pub(crate) trait LoginUser {
    #[zbus(property(emits_changed_signal = "false"))]
    fn linger(&self) -> Result<bool>;
}
