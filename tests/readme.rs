//! The README held against the program: its commands parse, its declaration is applied as far as
//! that goes without a host, and its tables say what the code says.
//!
//! `cargo lab ...` is run for real by the lab's own tests; here only the alias is looked for.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the repository's files, and stop at once"
)]

mod markdown;

use clap::CommandFactory as _;
use kinc::cli::{Arguments, EXIT_CODES};
use kinc::declaration::{self, Source};
use kinc::model::cluster::ClusterName;
use kinc::model::field::Field;
use kinc::resolve::{InUse, resolve};
use kinc::units::file_set::FileSet;
use kinc::units::{render, unit_names};

fn readme() -> String {
    markdown::read("README.md")
}

/// Returns the texts of the fenced blocks in a language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let fenced = text.split("```").skip(1).step_by(2);
    let texts = fenced.filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    texts.map(str::to_owned).collect()
}

/// Returns every command of the `sh` blocks, and those in the text.
fn commands() -> Vec<String> {
    let lines = blocks("sh").join("\n");
    let lines = lines
        .lines()
        .map(|line| line.split(" #").next().unwrap().trim().to_owned());
    let spans = markdown::code_spans(&readme());
    let spans = spans
        .into_iter()
        .filter(|span| span.starts_with("kinc ") || span.starts_with("cargo "));
    let all = lines.chain(spans).flat_map(|line| {
        let parts = line.split(" && ").map(str::to_owned);
        parts.collect::<Vec<_>>()
    });
    all.filter(|command| !command.is_empty()).collect()
}

/// The files of the cluster `dev`, declared by nothing but its name.
fn rendered() -> FileSet {
    let cluster = declaration::default_cluster(ClusterName::new("dev").unwrap());
    render::render(&resolve(&cluster, &InUse::default(), None).unwrap()).unwrap()
}

fn services() -> Vec<String> {
    unit_names::services(rendered().iter().map(|(name, _)| name))
}

/// Says what is wrong with a command; every command has to be of a kind that is checked.
fn wrong(command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["kinc", ..] => {
            let parsed = Arguments::command().try_get_matches_from(&words);
            parsed.err().map(|error| format!("{command}: {error}"))
        }
        ["cargo", "lab", ..] => {
            let alias = markdown::read(".cargo/config.toml");
            (!alias.contains("lab = \"run ")).then(|| format!("{command}: there is no such alias"))
        }
        ["systemctl", "--user", "status", unit] | ["journalctl", "--user", "-u", unit] => {
            let service = format!("{unit}.service");
            (!services().contains(&service)).then(|| format!("{command}: there is no `{service}`"))
        }
        ["kubectl", "--context", "kinc-dev", "get", "nodes"]
        | ["cargo", "install", "--path", "."]
        | ["systemctl", "--user", "daemon-reload"] => None,
        _ => Some(format!("{command}: no check is known for this command")),
    }
}

#[test]
fn every_command_exists() {
    let commands = commands();
    assert!(commands.len() > 10, "only found {commands:?}");
    let wrong: Vec<String> = commands
        .iter()
        .filter_map(|command| wrong(command))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_declaration_shows_the_defaults_in_order() {
    let blocks = blocks("yaml");
    let [text] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    let cluster = declaration::parse(&[Source {
        name: "README.md",
        text,
        directory: None,
    }])
    .unwrap()
    .remove(0);
    let keys = text.lines().filter_map(|line| line.split_once(':'));
    let keys: Vec<&str> = keys
        .map(|(key, _)| key.trim_start_matches(['-', ' ']))
        .collect();
    let is_named = |field: &Field| keys.contains(&field.key());
    let named = Field::all().filter(|field| cluster.explicit.has(*field));
    let lines = keys
        .iter()
        .filter_map(|key| Field::all().find(|field| field.key() == *key));
    // What is said on one line, such as the limits, is in no order of lines.
    assert_eq!(
        lines.collect::<Vec<_>>(),
        named.filter(is_named).collect::<Vec<_>>()
    );
    let plan = resolve(&cluster, &InUse::default(), None).unwrap();
    assert_eq!(render::render(&plan).unwrap(), rendered());
}

#[test]
fn the_verbs_are_those_of_the_command_line() {
    let expected: Vec<Vec<String>> = Arguments::command()
        .get_subcommands()
        .map(|verb| {
            vec![
                format!("`{}`", verb.get_name()),
                verb.get_about().unwrap().to_string(),
            ]
        })
        .collect();
    assert_eq!(markdown::table(&readme(), "verb"), expected);
}

#[test]
fn files_and_units_are_those_of_a_rendered_cluster() {
    let mut rows: Vec<Vec<String>> = markdown::table(&readme(), "file");
    let mut found: Vec<[String; 2]> = Vec::new();
    for row in &mut rows {
        found.push([row.remove(0), row.remove(0)]);
    }
    let mut expected: Vec<[String; 2]> = rendered()
        .iter()
        .map(|(name, _)| {
            let unit = unit_names::services(std::iter::once(name)).pop();
            let unit = unit.or_else(|| unit_names::is_linked(name).then(|| name.to_owned()));
            let unit = unit.map_or("none".to_owned(), |unit| format!("`{unit}`"));
            [format!("`{name}`"), unit]
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let rows = EXIT_CODES.map(|(code, meaning)| vec![code.to_string(), meaning.to_owned()]);
    assert_eq!(markdown::table(&readme(), "exit code of kinc"), rows);
}

#[test]
fn the_exit_codes_of_the_node_are_those_of_the_program() {
    assert_eq!(
        markdown::table(&readme(), "exit code of the node"),
        markdown::node_exits()
    );
}

#[test]
fn the_drop_in_is_for_an_existing_file() {
    let blocks = blocks("ini");
    let [text] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    let path = text.lines().next().unwrap().trim_start_matches("# ");
    let parts: Vec<&str> = path.rsplit('/').collect();
    let [file, directory, cluster, ..] = parts.as_slice() else {
        panic!("{path}")
    };
    assert_eq!(std::path::Path::new(file).extension().unwrap(), "conf");
    let unit = directory.strip_suffix(".d").unwrap();
    assert!(rendered().get(unit).is_some(), "{unit}");
    assert_eq!(*cluster, ClusterName::new("dev").unwrap().directory());
}

#[test]
fn every_linked_document_exists() {
    let text = readme();
    let links = text
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap());
    let missing: Vec<&str> = links
        .filter(|link| {
            !std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(link)
                .exists()
        })
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_readme_is_short() {
    assert!(readme().lines().count() <= 170);
}
