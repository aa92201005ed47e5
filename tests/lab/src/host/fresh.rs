//! A host that is switched off when it is dropped.

use std::ops::Deref;

use crate::host::Host;

/// A host of one test or measurement.
#[derive(Debug)]
pub struct FreshHost(Host);

impl FreshHost {
    pub(crate) fn new(host: Host) -> Self {
        Self(host)
    }
}

impl Deref for FreshHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.0
    }
}

impl Drop for FreshHost {
    fn drop(&mut self) {
        self.0.switch_off();
    }
}
