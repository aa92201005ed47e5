//! The network of a host: an uplink that can be cut, and whose address can change.
//!
//! Both last over reboots, as they do when a person moves to another place.

use anyhow::Result;

use crate::host::Host;

impl Host {
    /// Takes the uplink away, now and at each boot.
    ///
    /// # Errors
    /// When the host is not running.
    pub fn cut_network(&self) -> Result<()> {
        self.root()
            .run("systemctl disable --quiet --now lab-uplink.service")?
            .ok()?;
        Ok(())
    }

    /// Gives the uplink back.
    ///
    /// # Errors
    /// When the host is not running.
    pub fn restore_network(&self) -> Result<()> {
        self.root()
            .run("systemctl enable --quiet --now lab-uplink.service")?
            .ok()?;
        Ok(())
    }

    /// Gives the uplink another address such as `192.0.2.7/24`, with its router.
    ///
    /// # Errors
    /// When the host is not running or the kernel refuses the address.
    pub fn change_address(&self, address: &str, router: &str) -> Result<()> {
        let text = format!("ADDRESS={address}\nROUTER={router}\n");
        self.root().write_file("/etc/lab-uplink.conf", &text)?;
        self.root()
            .run("systemctl restart lab-uplink.service")?
            .ok()?;
        Ok(())
    }
}
