//! D-Bus error names in plain words, and the commands that help. A table, nothing else.

/// Returns a D-Bus error name without the prefix of systemd or D-Bus.
pub(crate) fn short(name: &str) -> &str {
    name.strip_prefix("org.freedesktop.systemd1.")
        .or_else(|| name.strip_prefix("org.freedesktop.login1."))
        .or_else(|| name.strip_prefix("org.freedesktop.DBus.Error."))
        .unwrap_or(name)
}

/// Returns the plain words for an error name of systemd or of the bus.
pub(crate) fn explanation(short_name: &str) -> Option<&'static str> {
    Some(match short_name {
        "NoSuchUnit" => {
            "systemd does not know the unit: the generator skipped its file, \
                         or systemd was not reloaded since it was written"
        }
        "LoadFailed" | "BadUnitSetting" => "systemd cannot load the generated unit",
        "UnitMasked" => "the unit is masked",
        "UnitGenerated" => "the unit is generated; autostart is set in `cluster.yaml`",
        "TransactionIsDestructive" => "a conflicting job, such as a shutdown, is queued",
        "TransactionJobsConflicting" => "the units that it pulls in conflict with each other",
        "TransactionOrderIsCyclic" => "the units that it pulls in wait for each other",
        "JobTypeNotApplicable" => "the unit cannot do this",
        "OnlyByDependency" => "the unit refuses to be started or stopped by hand",
        "ShuttingDown" => "systemd is shutting down",
        "NoSuchJob" => "the job has already ended",
        "DiskFull" => "the file system under the runtime directory is full",
        "LimitsExceeded" => "systemd limits how often this may be done",
        "UnitBusy" => "the unit is in the middle of something else",
        "ServiceUnknown" | "NameHasNoOwner" => "no service has this name on the bus",
        "NoReply" | "Timeout" => "the service disconnected before it answered",
        "AccessDenied" => "permission denied",
        "InteractiveAuthorizationRequired" => {
            "this needs a password, and there is no terminal to ask on"
        }
        "UnknownMethod" => "this systemd is too old for it",
        _ => return None,
    })
}

/// Returns the command that helps against a refusal of this name.
pub(crate) fn refusal_hint(short_name: &str, unit: &str) -> Option<String> {
    Some(match short_name {
        "NoSuchUnit" => {
            "/usr/lib/systemd/user-generators/podman-user-generator --user --dryrun".to_owned()
        }
        "LoadFailed" | "BadUnitSetting" => format!("systemctl --user cat {unit}"),
        "UnitMasked" => format!("systemctl --user unmask {unit}"),
        "TransactionIsDestructive" | "UnitBusy" => "systemctl --user list-jobs".to_owned(),
        "DiskFull" => "df -h $XDG_RUNTIME_DIR".to_owned(),
        "ServiceUnknown" | "NameHasNoOwner" => "busctl --user list".to_owned(),
        _ => return None,
    })
}
