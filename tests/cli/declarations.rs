//! What `-f` takes, and what a person sees when a declaration is wrong.

use crate::failed;
use crate::run::{Ran, Sandbox};

/// Three mistakes: a wrong kind, an unknown field, a port out of range.
const THREE_PROBLEMS: &str = "\
apiVersion: kinc.dev/v1alpha1
kind: Clutter
metadata:
  name: dev
spec:
  imgae: localhost/mine
  networking:
    apiServerPort: 70000
";

/// Returns a declaration of nothing but a name.
fn named(name: &str) -> String {
    format!("apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata:\n  name: {name}\n")
}

/// Renders what is named, and returns the directories of the clusters.
fn rendered(sandbox: &Sandbox, named: &[&str]) -> Vec<String> {
    let mut arguments = vec!["render", "-o", "out"];
    arguments.extend(named.iter().flat_map(|name| ["-f", name]));
    assert_eq!(sandbox.kinc(&arguments), Ran::default());
    let files = sandbox.files().into_iter();
    let mut clusters: Vec<String> = files
        .filter_map(|path| Some(path.strip_prefix("out/")?.split('/').next()?.to_owned()))
        .collect();
    clusters.dedup();
    clusters
}

#[test]
fn a_missing_file_is_named() {
    let expected = failed(2, "error: there is no file `absent.yaml`\n");
    for verb in [
        &["apply", "-f", "absent.yaml"][..],
        &["render", "-f", "absent.yaml", "-o", "out"],
    ] {
        assert_eq!(Sandbox::new().kinc(verb), expected);
    }
}

#[test]
fn all_problems_of_a_declaration_are_shown_at_once_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write("dev.yaml", THREE_PROBLEMS);
    let expected = failed(
        2,
        "\
error: dev.yaml:2:7: `kind`: expected `Cluster`, found `Clutter`
  |
2 | kind: Clutter
  |       ^^^^^^^
error: dev.yaml:6:3: `spec.imgae`: unknown field; did you mean `image`?
  |
6 |   imgae: localhost/mine
  |   ^^^^^
error: dev.yaml:8:20: `spec.networking.apiServerPort`: 70000 is not a port from 1 to 65535; with 0 or -1, kinc chooses one
  |
8 |     apiServerPort: 70000
  |                    ^^^^^
",
    );
    assert_eq!(sandbox.kinc(&["apply", "-f", "dev.yaml"]), expected);
    assert_eq!(
        sandbox.kinc(&["render", "-f", "dev.yaml", "-o", "out"]),
        expected
    );
    assert_eq!(sandbox.files(), ["dev.yaml"]);
}

#[test]
fn problems_of_several_files_are_shown_together() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "one.yaml",
        &THREE_PROBLEMS
            .replace("imgae: localhost/mine", "storage: none")
            .replace("70000", "7000"),
    );
    sandbox.write("two.yaml", "");
    let expected = failed(
        2,
        "\
error: one.yaml:2:7: `kind`: expected `Cluster`, found `Clutter`
  |
2 | kind: Clutter
  |       ^^^^^^^
error: `two.yaml` has no declaration in it
",
    );
    assert_eq!(
        sandbox.kinc(&["render", "-f", "one.yaml", "-f", "two.yaml", "-o", "out"]),
        expected
    );
}

#[test]
fn a_cluster_in_two_files_is_a_problem() {
    let sandbox = Sandbox::new();
    for name in ["one.yaml", "two.yaml"] {
        sandbox.write(name, &named("dev"));
    }
    let expected = failed(
        2,
        "\
error: two.yaml:4:9: `metadata.name`: cluster `dev` is already declared at one.yaml:4:9
  |
4 |   name: dev
  |         ^^^
",
    );
    assert_eq!(
        sandbox.kinc(&["render", "-f", "one.yaml", "-f", "two.yaml", "-o", "out"]),
        expected
    );
}

#[test]
fn problems_found_while_resolving_are_shown_at_their_lines() {
    let sandbox = Sandbox::new();
    let port = "spec: {networking: {apiServerPort: 7000}}\n";
    sandbox.write("one.yaml", &(named("one") + port));
    sandbox.write("two.yaml", &(named("two") + port));
    let ran = sandbox.kinc(&["render", "-f", "one.yaml", "-f", "two.yaml", "-o", "out"]);
    let shown = "
  |
5 | spec: {networking: {apiServerPort: 7000}}
  |                                    ^^^^
";
    assert!(ran.stderr.starts_with("error: two.yaml:5:36: "), "{ran:?}");
    assert!(ran.stderr.ends_with(shown), "{ran:?}");
    assert_eq!(ran.code, 2);
}

#[test]
fn no_control_character_of_a_declaration_reaches_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.write("dev.yaml", &(named("dev") + "\"a\\e[2J\\n\": \u{202e}x\n"));
    let expected = failed(
        2,
        "\
error: dev.yaml:5:1: `a\\u{1b}[2J\\n`: unknown field; valid fields: apiVersion, kind, metadata, spec
  |
5 | \"a\\e[2J\\n\": \u{fffd}x
  | ^^^^^^^^^^
",
    );
    assert_eq!(sandbox.kinc(&["apply", "-f", "dev.yaml"]), expected);
}

#[test]
fn of_a_thousand_problems_fifty_are_shown() {
    let sandbox = Sandbox::new();
    let field = |number: u32| format!("unknown-{number}: 1\n");
    let fields: String = (0..1000).map(field).collect();
    sandbox.write("dev.yaml", &(named("dev") + &fields));
    let ran = sandbox.kinc(&["apply", "-f", "dev.yaml"]);
    assert!(
        ran.stderr
            .ends_with("\nerror: there are 950 more problems\n")
    );
    assert_eq!(ran.stderr.matches("error: ").count(), 51);
}

#[test]
fn a_directory_stands_for_its_declarations() {
    let sandbox = Sandbox::new();
    for name in ["b.yaml", "a.yml"] {
        sandbox.write(&format!("clusters/{name}"), &named(&name[..1]));
    }
    for name in ["c.yaml.orig", "README.md", ".d.yaml", "below/e.yaml"] {
        sandbox.write(&format!("clusters/{name}"), "not a declaration");
    }
    sandbox.write("z.yaml", &named("z"));
    assert_eq!(
        rendered(&sandbox, &["clusters", "z.yaml"]),
        ["kinc-a", "kinc-b", "kinc-z"]
    );
}

#[test]
fn problems_in_a_directory_come_in_the_order_of_the_names() {
    let sandbox = Sandbox::new();
    for name in ["b.yaml", "a.yml", "c.yaml"] {
        sandbox.write(&format!("clusters/{name}"), "");
    }
    let expected = ["a.yml", "b.yaml", "c.yaml"]
        .map(|name| format!("error: `clusters/{name}` has no declaration in it\n"))
        .concat();
    assert_eq!(
        sandbox.kinc(&["apply", "-f", "clusters"]),
        failed(2, &expected)
    );
}

#[test]
fn a_directory_without_a_declaration_is_a_problem() {
    let sandbox = Sandbox::new();
    sandbox.write("clusters/README.md", "");
    let expected = failed(2, "error: there is no *.yaml and no *.yml in `clusters`\n");
    assert_eq!(sandbox.kinc(&["apply", "-f", "clusters"]), expected);
}

#[test]
fn an_empty_directory_is_allowed_with_prune() {
    let sandbox = Sandbox::new();
    sandbox.write("clusters/README.md", "");
    sandbox.write("empty.yaml", "");
    // Nothing is wrong with it, so systemd is asked.
    let continues = "error: connecting to `RUNTIME/bus`: this user has no systemd session\n\
                   hint: su and sudo open no user session: log in through ssh or `machinectl shell USER@.host`\n";
    let cases = [
        ("clusters", 1, continues),
        ("absent", 2, "error: there is no file `absent`\n"),
        (
            "empty.yaml",
            2,
            "error: `empty.yaml` has no declaration in it\n",
        ),
    ];
    for (path, code, expected) in cases {
        for verb in ["apply", "plan", "diff"] {
            let ran = sandbox.kinc(&[verb, "--prune", "-f", path]);
            assert_eq!(ran, failed(code, expected), "{verb} {path}");
        }
    }
}

#[test]
fn what_is_named_twice_is_read_once() {
    let sandbox = Sandbox::new();
    sandbox.write("clusters/a.yaml", &named("a"));
    let twice = [
        "clusters/a.yaml",
        "clusters",
        "./clusters/../clusters/a.yaml",
    ];
    assert_eq!(rendered(&sandbox, &twice), ["kinc-a"]);
    let ran = sandbox.kinc_with_input(
        &["render", "-f", "-", "-f", "-", "-o", "from-input"],
        &named("a"),
    );
    assert_eq!(ran, Ran::default());
}

#[test]
fn standard_input_has_a_name_in_messages() {
    let ran = Sandbox::new().kinc_with_input(&["apply", "-f", "-"], "");
    assert_eq!(
        ran,
        failed(2, "error: `<stdin>` has no declaration in it\n")
    );
}

#[test]
fn an_oversized_declaration_is_rejected_before_it_is_read_completely() {
    let sandbox = Sandbox::new();
    sandbox.write("long.yaml", &"# é\n".repeat(1 << 18));
    let expected =
        "error: `long.yaml` is larger than 1 MiB\nerror: `/dev/zero` is larger than 1 MiB\n";
    assert_eq!(
        sandbox.kinc(&["apply", "-f", "long.yaml", "-f", "/dev/zero"]),
        failed(2, expected)
    );
    let program = concat!(
        "error: `",
        env!("CARGO_BIN_EXE_kinc"),
        "` is larger than 1 MiB\n"
    );
    assert_eq!(
        sandbox.kinc(&["apply", "-f", env!("CARGO_BIN_EXE_kinc")]),
        failed(2, program)
    );
}

#[test]
fn a_line_that_may_hold_a_secret_is_not_shown() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "dev.yaml",
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\nspec:\n  nodes:\n  \
         - environment: {\"A B\": hunter2}\n    files: [{path: /a, content: hunter2, mod: \"0644\"}]\n",
    );
    let ran = sandbox.kinc(&["render", "-f", "dev.yaml", "-o", "out"]);
    assert_eq!(
        ran,
        failed(
            2,
            "error: dev.yaml:6:19: `spec.nodes[].environment`: `A B` is not a valid variable name\n\
             error: dev.yaml:7:42: `spec.nodes[].files[].mod`: unknown field; did you mean `mode`?\n"
        )
    );
}

#[test]
fn unsupported_settings_are_reported_together_with_errors() {
    let sandbox = Sandbox::new();
    let head = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n";
    let warned = "nodes:\n- role: control-plane\n  image: kindest/node:v1\n";
    let warning = "warning: kind.yaml:5:10: `nodes[0].image`: kind's node images do not work here; \
                   `kinc image build` builds one, and `spec.image` names it\n";
    let gate = "featureGates: {A: 1}\n";
    let error = "error: kind.yaml:6:19: `featureGates.A`: expected true or false, found a number\n";
    let twice = "  extraPortMappings:\n  - {containerPort: 1, hostPort: 9000}\n  \
                 - {containerPort: 2, hostPort: 9000}\n";
    let used = "error: kind.yaml:8:5: `spec.nodes[].extraPortMappings`: port 9000 is used by the mapping at \
                kind.yaml:7:5\n";
    for (wrong, error) in [(gate, error), (twice, used)] {
        sandbox.write("kind.yaml", &format!("{head}{warned}{wrong}"));
        for arguments in [
            &["convert", "kind.yaml"][..],
            &["render", "-f", "kind.yaml", "-o", "out"],
        ] {
            let ran = sandbox.kinc(arguments);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
            let begin = format!("{warning}{error}");
            assert!(
                ran.stderr.starts_with(&begin),
                "{arguments:?}\n{}",
                ran.stderr
            );
        }
    }
}
