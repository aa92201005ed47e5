//! Whether the data of a cluster goes with it. Pure: what is known in, a decision or its reason out.

use std::path::PathBuf;

use crate::cluster::{ClusterName, DataDir, Uid};
use crate::data_dir::State;
use crate::fileset::DECLARATION;
use crate::ops::Failure;
use crate::ops::data::record::Record;
use crate::shell;

/// What is known of the data of a cluster that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data {
    /// What the files of the cluster say of it.
    pub(super) record: Record,
    /// The directory below which it was looked for.
    pub(super) base: DataDir,
    /// Whether somebody named that directory now.
    pub(super) is_given: bool,
    /// Another directory, which is the recorded one and has it too.
    pub(super) elsewhere: Option<DataDir>,
    /// What is there.
    pub(super) state: State,
    /// Whether there is a directory at all, be nothing in it.
    pub(super) has_directory: bool,
    /// The uid in the copy of the declaration beside it, where there is no record.
    pub(super) copied: Option<Uid>,
    /// What lies in it and is not its own, in words.
    pub(super) strangers: Vec<String>,
    /// What is mounted at it or in it.
    pub(super) mounted: Option<Mounted>,
}

/// What is mounted where data is to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mounted {
    pub(super) point: PathBuf,
    /// Whether all of the data is on it.
    pub(super) is_whole: bool,
    /// Whether the host has mounted it, and not somebody in Podman's namespace.
    pub(super) is_of_host: bool,
}

impl Data {
    /// Tells whether there is something where it was looked for.
    pub(crate) fn is_there(&self) -> bool {
        self.has_directory
    }

    /// Returns the uid of the cluster; nothing when nothing says it.
    pub(crate) fn uid(&self) -> Option<&Uid> {
        match &self.record {
            Record::Kept(_, uid) => Some(uid),
            _ => self.state.uid(),
        }
    }

    /// Decides whether there is data that goes with the cluster, or why nothing may go.
    ///
    /// `ignores_missing` is for data that is gone, or is to stay wherever it is.
    ///
    /// # Errors
    /// When it is not where it has to be, or would take along what is not the cluster's.
    pub(crate) fn goes(
        &self,
        cluster: &ClusterName,
        ignores_missing: bool,
    ) -> Result<bool, Failure> {
        if matches!(self.record, Record::InVolumes) && !self.is_given {
            return Ok(false);
        }
        match self.missing(cluster) {
            Some(_) if ignores_missing => return Ok(false),
            Some(why) => return Err(with_hints(why, cluster)),
            None => {}
        }
        match self.in_the_way(cluster) {
            Some(failure) => Err(failure),
            None => Ok(self.has_directory),
        }
    }

    /// Tells why it is not known where the cluster's own data is, or it is not there.
    fn missing(&self, cluster: &ClusterName) -> Option<String> {
        let directory = self.base.of_cluster(cluster);
        let shown = directory.display();
        if self.record == Record::Unreadable && !self.is_given {
            return Some(format!(
                "the `{DECLARATION}` of cluster `{cluster}` cannot be read, and nothing else says where its data \
                 is; say it, or delete all else without it"
            ));
        }
        let is_known = self.is_given || matches!(self.record, Record::Kept(..));
        match &self.state {
            State::Absent => is_known.then(|| {
                format!(
                    "the data of cluster `{cluster}` is not in `{shown}`; mount its disk, say where it is, or \
                     delete all else without it"
                )
            }),
            State::Foreign(what) => Some(format!("{what}; it stays")),
            State::Empty(uid) | State::Data(uid) => {
                let why = self.stranger(uid)?;
                Some(format!("`{shown}` {why}; it stays"))
            }
        }
    }

    /// Tells why data with this mark is not the cluster's.
    fn stranger(&self, uid: &Uid) -> Option<String> {
        let own = match &self.record {
            Record::Kept(_, own) => Some(own),
            _ => self.copied.as_ref(),
        };
        match own {
            Some(own) if own == uid => None,
            Some(_) => Some(format!("is marked with {uid}, and is of another cluster")),
            // Nobody has ever written to it.
            None if matches!(self.state, State::Empty(_)) => None,
            None => Some("has no copy of its declaration, and nothing says whose it is".to_owned()),
        }
    }

    /// Tells what keeps data from going that is the cluster's own.
    fn in_the_way(&self, cluster: &ClusterName) -> Option<Failure> {
        let again = format!("kinc delete {cluster}");
        if let Some(elsewhere) = &self.elsewhere {
            let recorded = elsewhere.of_cluster(cluster);
            let failure = Failure::new(format!(
                "the data of cluster `{cluster}` is in `{}` as well, which its declaration names; move one of \
                 them away",
                recorded.display()
            ));
            return Some(failure.hint(again));
        }
        if let Some(stranger) = self.strangers.first() {
            let failure = Failure::new(format!(
                "{stranger}, and would go with the data of cluster `{cluster}`; move it away"
            ));
            return Some(failure.hint(again));
        }
        self.mounted.as_ref().map(|found| unmount(found, cluster))
    }
}

fn with_hints(why: String, cluster: &ClusterName) -> Failure {
    let again = format!("kinc delete {cluster}");
    Failure::new(why)
        .hint(format!("{again} --data-dir DIR"))
        .hint(format!("{again} --ignore-missing-data"))
}

fn unmount(mounted: &Mounted, cluster: &ClusterName) -> Failure {
    let shown = mounted.point.display();
    let who = if mounted.is_of_host {
        "sudo"
    } else {
        "podman unshare"
    };
    let point = shell::word(&mounted.point.to_string_lossy());
    let unmount = format!("{who} umount {point}");
    if mounted.is_whole {
        return Failure::new(format!(
            "`{shown}` is a mount point, and nothing that is mounted is removed; unmount it, and delete all \
             else without the data"
        ))
        .hint(unmount)
        .hint(format!("kinc delete {cluster} --ignore-missing-data"));
    }
    Failure::new(format!(
        "`{shown}` is mounted in the data of cluster `{cluster}`; unmount it first"
    ))
    .hint(unmount)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";
    const OTHER: &str = "00000000-0000-0000-0000-000000000000";

    fn uid(text: &str) -> Uid {
        Uid::parse(text).unwrap()
    }

    /// Data where its declaration says.
    fn recorded() -> Data {
        Data {
            record: Record::Kept(DataDir::new("/srv"), uid(OWN)),
            base: DataDir::new("/srv"),
            is_given: false,
            elsewhere: None,
            state: State::Data(uid(OWN)),
            has_directory: true,
            copied: None,
            strangers: Vec::new(),
            mounted: None,
        }
    }

    /// Data that only its own copy of the declaration tells of.
    fn lost() -> Data {
        Data {
            record: Record::Lost,
            copied: Some(uid(OWN)),
            ..recorded()
        }
    }

    fn absent(data: Data) -> Data {
        Data {
            state: State::Absent,
            has_directory: false,
            ..data
        }
    }

    /// What becomes of the data: that it goes, that there is none, or the reason.
    fn fate(data: &Data, ignores_missing: bool) -> String {
        let dev = ClusterName::new("dev").unwrap();
        match data.goes(&dev, ignores_missing) {
            Ok(true) => "goes".to_owned(),
            Ok(false) => "none".to_owned(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn data_goes_that_is_known_to_be_the_clusters_own() {
        let cases = [
            ("recorded", recorded(), "goes"),
            ("its copy says whose it is", lost(), "goes"),
            (
                "made and never started",
                Data {
                    state: State::Empty(uid(OWN)),
                    copied: None,
                    ..lost()
                },
                "goes",
            ),
            (
                "an attempt that came not as far as its mark",
                Data {
                    state: State::Absent,
                    ..lost()
                },
                "goes",
            ),
            ("nothing recorded and nothing there", absent(lost()), "none"),
            (
                "an older kinc had none",
                Data {
                    record: Record::InVolumes,
                    ..lost()
                },
                "none",
            ),
            (
                "the place of what cannot be read is given",
                Data {
                    record: Record::Unreadable,
                    is_given: true,
                    ..lost()
                },
                "goes",
            ),
        ];
        for (case, data, expected) in cases {
            assert_eq!(fate(&data, false), expected, "{case}");
        }
    }

    #[test]
    fn data_that_is_not_there_is_named_and_left_only_by_somebody_who_says_so() {
        let not_there = "the data of cluster `dev` is not in `/srv/clusters/dev`; mount its disk, say where \
                         it is, or delete all else without it";
        let of_another = format!(
            "`/srv/clusters/dev` is marked with {OTHER}, and is of another cluster; it stays"
        );
        let given = Data {
            is_given: true,
            ..absent(lost())
        };
        let unreadable = Data {
            record: Record::Unreadable,
            ..lost()
        };
        let foreign = Data {
            state: State::Foreign("`/srv/clusters/dev` is not a directory of kinc".to_owned()),
            ..recorded()
        };
        let other = |data: Data| Data {
            state: State::Data(uid(OTHER)),
            ..data
        };
        let unknown = Data {
            copied: None,
            ..lost()
        };
        let cases = [
            (absent(recorded()), not_there),
            (given, not_there),
            (
                unreadable,
                "the `cluster.yaml` of cluster `dev` cannot be read, and nothing else says where its data \
                 is; say it, or delete all else without it",
            ),
            (
                foreign,
                "`/srv/clusters/dev` is not a directory of kinc; it stays",
            ),
            (other(recorded()), &of_another),
            (other(lost()), &of_another),
            (
                unknown,
                "`/srv/clusters/dev` has no copy of its declaration, and nothing says whose it is; it stays",
            ),
        ];
        for (data, expected) in cases {
            assert_eq!(fate(&data, false), expected);
            assert_eq!(fate(&data, true), "none", "{expected}");
        }
    }

    #[test]
    fn nothing_goes_along_with_data_and_no_second_copy_is_left() {
        let mounted = |point: &str, is_whole, is_of_host| Data {
            mounted: Some(Mounted {
                point: point.into(),
                is_whole,
                is_of_host,
            }),
            ..recorded()
        };
        let elsewhere = Data {
            is_given: true,
            elsewhere: Some(DataDir::new("/big")),
            ..recorded()
        };
        let stranger = Data {
            strangers: vec!["`/srv/clusters/dev/backup` is not of kinc".to_owned()],
            ..recorded()
        };
        let cases: [(Data, &str, &[&str]); 4] = [
            (
                elsewhere,
                "the data of cluster `dev` is in `/big/clusters/dev` as well, which its declaration names; \
                 move one of them away",
                &["kinc delete dev"],
            ),
            (
                stranger,
                "`/srv/clusters/dev/backup` is not of kinc, and would go with the data of cluster `dev`; \
                 move it away",
                &["kinc delete dev"],
            ),
            (
                mounted("/srv/clusters/dev/a b", false, false),
                "`/srv/clusters/dev/a b` is mounted in the data of cluster `dev`; unmount it first",
                &["podman unshare umount '/srv/clusters/dev/a b'"],
            ),
            (
                mounted("/srv/clusters/dev", true, true),
                "`/srv/clusters/dev` is a mount point, and nothing that is mounted is removed; unmount it, \
                 and delete all else without the data",
                &[
                    "sudo umount /srv/clusters/dev",
                    "kinc delete dev --ignore-missing-data",
                ],
            ),
        ];
        let dev = ClusterName::new("dev").unwrap();
        for (data, message, hints) in cases {
            // It is not missing, so nobody can have meant to leave it.
            for ignores_missing in [false, true] {
                let failure = data.goes(&dev, ignores_missing).unwrap_err();
                assert_eq!(
                    (failure.to_string().as_str(), failure.hints()),
                    (
                        message,
                        &hints
                            .iter()
                            .map(|&hint| hint.to_owned())
                            .collect::<Vec<_>>()[..]
                    )
                );
            }
        }
    }
}
