//! What a login of a user brings with it. No I/O here.

use crate::paths;

/// The search path of a login on Debian.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// What passwd(5) says of a user.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) home: String,
}

impl Account {
    /// Finds the line of a user.
    pub(super) fn find(passwd: &str, user: &str) -> Option<Self> {
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(user))?;
        let mut fields = line.split(':').skip(2);
        let uid = fields.next()?.parse().ok()?;
        Some(Self {
            uid,
            home: fields.nth(2)?.to_owned(),
        })
    }

    /// Returns the environment that a login of this user has.
    pub(super) fn environment(&self, user: &str) -> Vec<String> {
        let (uid, home) = (self.uid, &self.home);
        let mut environment = vec![
            format!("HOME={home}"),
            format!("USER={user}"),
            format!("LOGNAME={user}"),
            format!("PATH={PATH}"),
            format!("TERM={}", paths::terminal_type()),
            "LANG=C.UTF-8".to_owned(),
            "SHELL=/bin/bash".to_owned(),
        ];
        if uid != 0 {
            environment.push(format!("XDG_RUNTIME_DIR=/run/user/{uid}"));
            environment.push(format!(
                "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{uid}/bus"
            ));
        }
        environment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_full_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nops:x:1000:1000::/home/ops:/bin/bash\n";
        let ops = Account {
            uid: 1000,
            home: "/home/ops".to_owned(),
        };
        assert_eq!(Account::find(passwd, "ops"), Some(ops));
        assert_eq!(Account::find(passwd, "op"), None);
    }
}
