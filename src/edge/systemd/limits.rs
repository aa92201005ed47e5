//! How long a call to systemd may take.

use std::time::Duration;

/// What systemctl allows for a reload: generators have 90 s, and so has the rest.
pub(crate) const RELOAD_TIMEOUT: Duration = Duration::from_mins(3);

/// What sd-bus and libdbus allow for a call (25 s), with a margin.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(30);
