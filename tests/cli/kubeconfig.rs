//! The user's kubeconfig, whatever stands there, and whoever else writes it.

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::thread;

use crate::run::{Ran, Sandbox};

const ADMIN: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
                     clusters: [{name: k, cluster: {server: 'https://10.200.0.2:6443'}}]\n\
                     contexts: [{name: a, context: {cluster: k, user: u}}]\n\
                     users: [{name: u, user: {token: t}}]\n";

/// Somebody else's context.
const OTHERS: &str =
    "apiVersion: v1\nkind: Config\ncontexts:\n- context:\n    cluster: mine\n  name: mine\n";

/// A home with the cluster `other`, as its first start leaves it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_runtime_directory();
    let recorded = sandbox.golden("05-reapply-keeps-allocation/disk/kinc-other/cluster.yaml");
    let data = sandbox.home().join("data").display().to_string();
    sandbox.write(
        ".config/containers/systemd/kinc-other/cluster.yaml",
        &recorded.replace("/home/ops/.local/share/kinc", &data),
    );
    let node = "data/clusters/other/kinc-other-control-plane/kubernetes";
    sandbox.write(&format!("{node}/admin.conf"), ADMIN);
    sandbox
}

const MERGE: [&str; 3] = ["kubeconfig", "other", "--merge"];

fn merged_into(file: &str) -> Ran {
    Ran {
        stderr: format!(" ✓ added context kinc-other to {file}\n"),
        ..Ran::default()
    }
}

fn refused(stderr: &str) -> Ran {
    Ran {
        code: 1,
        stderr: stderr.to_owned(),
        ..Ran::default()
    }
}

/// Returns the names of all contexts of a file.
fn contexts(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let (_, list) = text.split_once("contexts:\n").unwrap();
    let own = list.lines().take_while(|line| line.starts_with([' ', '-']));
    let names = own.filter_map(|line| line.get(2..)?.strip_prefix("name: "));
    names.map(str::to_owned).collect()
}

#[test]
fn what_kubectl_accepts_is_merged_into() {
    let json = r#"{"apiVersion":"v1","kind":"Config","clusters":null,"users":[],"preferences":{},
"contexts":[{"name":"mine","context":{"cluster":"mine"}}]}"#;
    let windows = OTHERS.replace('\n', "\r\n");
    let between_markers = format!("---\n{OTHERS}---\n");
    let marked = format!("\u{feff}{OTHERS}");
    for (text, others) in [
        ("", false),
        ("\n# Mine, from tomorrow on.\n", false),
        (json, true),
        (&windows, true),
        (&between_markers, true),
        (&marked, true),
    ] {
        let sandbox = sandbox();
        sandbox.write(".kube/config", text);
        assert_eq!(sandbox.kinc(&MERGE), merged_into("HOME/.kube/config"));
        let expected: &[&str] = if others {
            &["mine", "kinc-other"]
        } else {
            &["kinc-other"]
        };
        let config = sandbox.home().join(".kube/config");
        assert_eq!(contexts(&config), expected, "{text}");
    }
}

#[test]
fn what_is_no_kubeconfig_is_named_and_stays() {
    let twice = |list: &str| {
        let text = format!("{list}:\n- name: a\n- name: b\n- name: a\n");
        let why = format!("`{list}` has the name `a` twice, in lines 2 and 4; remove one");
        (text, why)
    };
    let two = (
        format!("{OTHERS}---\n{OTHERS}"),
        "it has several documents".to_owned(),
    );
    for (text, why) in [two, twice("clusters"), twice("contexts"), twice("users")] {
        let sandbox = sandbox();
        sandbox.write(".kube/config", &text);
        let expected = format!("error: reading `HOME/.kube/config`: not a kubeconfig: {why}\n");
        assert_eq!(sandbox.kinc(&MERGE), refused(&expected));
        assert_eq!(sandbox.texts()[".kube/config"], text);
    }
}

#[test]
fn a_directory_and_a_loop_of_links_are_named_beside_the_others() {
    let sandbox = sandbox();
    let home = sandbox.home();
    fs::create_dir(home.join("directory")).unwrap();
    symlink("directory", home.join("link")).unwrap();
    symlink("loop", home.join("loop")).unwrap();
    let hint = "hint: KUBECONFIG=HOME/file kinc kubeconfig other --merge\n";
    for (path, why) in [
        ("directory", "`HOME/directory` is a directory"),
        ("link", "`HOME/link` is a directory"),
        (
            "loop",
            "looking at `HOME/loop`: Too many levels of symbolic links (os error 40)",
        ),
    ] {
        let path = home.join(path).display().to_string();
        let ran = sandbox.kinc_with_kubeconfig(&path, &MERGE);
        assert_eq!(ran, refused(&format!("error: {why}\n")));
        let list = format!("{path}:{}", home.join("file").display());
        let ran = sandbox.kinc_with_kubeconfig(&list, &MERGE);
        assert_eq!(ran, refused(&format!("error: {why}\n{hint}")));
        assert!(!home.join("file").exists());
    }
}

#[test]
fn links_in_a_chain_stay_and_the_last_one_leads_to_the_file() {
    let sandbox = sandbox();
    let home = sandbox.home();
    fs::create_dir_all(home.join(".kube/dotfiles")).unwrap();
    symlink("dotfiles/config", home.join(".kube/config")).unwrap();
    symlink("../next", home.join(".kube/dotfiles/config")).unwrap();
    symlink(home.join("end"), home.join(".kube/next")).unwrap();
    assert_eq!(sandbox.kinc(&MERGE), merged_into("HOME/.kube/config"));
    for link in [".kube/config", ".kube/dotfiles/config", ".kube/next"] {
        assert!(home.join(link).is_symlink(), "{link}");
    }
    assert!(!home.join("end").is_symlink());
    assert_eq!(contexts(&home.join("end")), ["kinc-other"]);
}

#[test]
fn a_private_file_in_a_directory_of_a_group_stays_private() {
    let sandbox = sandbox();
    sandbox.write(".kube/config", OTHERS);
    let mode = |path: &str, mode| {
        let path = sandbox.home().join(path);
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    mode(".kube", 0o2775);
    mode(".kube/config", 0o600);
    assert_eq!(sandbox.kinc(&MERGE), merged_into("HOME/.kube/config"));
    assert_eq!(sandbox.mode(".kube/config"), 0o600);
    assert_eq!(sandbox.mode(".kube"), 0o2775);
}

#[test]
fn empty_and_repeated_paths_in_a_list_count_for_nothing() {
    let sandbox = sandbox();
    let home = sandbox.home().display().to_string();
    for (list, file) in [
        (":", "HOME/.kube/config"),
        (":HOME/a::HOME/b:", "HOME/b"),
        ("HOME/c:HOME//c:HOME/./c", "HOME/c"),
        ("d", "d"),
    ] {
        let list = list.replace("HOME", &home);
        let ran = sandbox.kinc_with_kubeconfig(&list, &MERGE);
        assert_eq!(ran, merged_into(file), "{list}");
        let path = sandbox.home().join(file.replace("HOME", &home));
        assert_eq!(contexts(&path), ["kinc-other"]);
    }
    assert!(!sandbox.home().join("a").exists());
}

#[test]
fn a_tilde_that_the_shell_did_not_replace_is_no_directory_to_create() {
    let sandbox = sandbox();
    let expected = "error: `~/.kube/config` in KUBECONFIG begins with a `~`, which the shell does not replace \
                    within quotes\nhint: write $HOME instead of ~\n";
    let ran = sandbox.kinc_with_kubeconfig("/none:~/.kube/config", &MERGE);
    assert_eq!(ran, refused(expected));
    assert!(!sandbox.home().join("~").exists());
}

#[test]
fn a_directory_in_the_place_of_the_lock_is_named_at_once() {
    let sandbox = sandbox();
    fs::create_dir_all(sandbox.home().join(".kube/config.lock")).unwrap();
    let expected = "error: `HOME/.kube/config.lock` is a directory, and in the way of the lock of kubectl\n\
                    hint: rmdir HOME/.kube/config.lock\n";
    assert_eq!(sandbox.kinc(&MERGE), refused(expected));
    assert!(sandbox.home().join(".kube/config.lock").is_dir());
}

/// Adds a context as kubectl writes a file: with a lock that no other may have, and in place.
fn set_context(config: &Path, name: &str) {
    let lock = config.with_extension("lock");
    while let Err(error) = File::create_new(&lock) {
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        thread::yield_now();
    }
    let text = fs::read_to_string(config).unwrap();
    let item = format!("contexts:\n- context:\n    cluster: x\n  name: {name}\n");
    fs::write(config, text.replacen("contexts:\n", &item, 1)).unwrap();
    fs::remove_file(&lock).unwrap();
}

#[test]
fn twenty_at_once_beside_twenty_that_write_as_kubectl_does_lose_nothing() {
    let sandbox = sandbox();
    sandbox.write(".kube/config", OTHERS);
    let config = sandbox.home().join(".kube/config");
    let both = |number: usize| {
        let name = format!("merged-{number}");
        let arguments = ["kubeconfig", "other", "--merge", "--context", &name];
        let kinc = sandbox.start(&arguments);
        (0..5).for_each(|time| set_context(&config, &format!("set-{number}-{time}")));
        let output = kinc.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
    };
    thread::scope(|scope| {
        for number in 0..20 {
            let both = &both;
            scope.spawn(move || both(number));
        }
    });
    let mut expected = vec!["mine".to_owned()];
    for number in 0..20 {
        expected.push(format!("merged-{number}"));
        expected.extend((0..5).map(|time| format!("set-{number}-{time}")));
    }
    let mut found = contexts(&config);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert!(!config.with_extension("lock").exists());
}
