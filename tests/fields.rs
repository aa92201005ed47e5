//! The table of fields held against what is done with them: each example can be written and read, each
//! default is what a declaration without the field comes to, and each change takes what is said of it.

#![expect(clippy::unwrap_used, reason = "tests stop at once")]

use std::collections::BTreeSet;

use kinc::declaration::schema::{API_VERSION, Impact, KIND, explain};
use kinc::declaration::yaml::{self, Value};
use kinc::declaration::{self, Source};
use kinc::model::cluster::{Cluster, ClusterName, DataDir};
use kinc::model::field::Field;
use kinc::model::field_ref::{FieldRef, Places};
use kinc::model::node_id::{NodeId, Role};
use kinc::model::problem::Problems;
use kinc::plan::impact::impact_of;
use kinc::resolve::{DataFacts, InUse, resolve};
use kinc::units::file_set::{FileSet, diff};
use kinc::units::render::render;

/// Where the data of a cluster goes that says nothing of it.
const BASE: &str = "/home/ops/.local/share/kinc";

/// Defaults that are said in words: what of them stands in the value, and the value for a cluster `dev`
/// on a host that nothing else uses.
const IN_WORDS: &[(Field, &str, &str)] = &[
    (Field::Uid, "random", "00000000-0000-0000-0000-000000000000"),
    (
        Field::Image,
        "localhost/kinc/node:",
        "localhost/kinc/node:v1.36.3",
    ),
    (Field::DataDir, ".local/share/kinc", BASE),
    (Field::NodeName, "-control-plane", "kinc-dev-control-plane"),
    (Field::NodeAddress, "first", "10.200.0.2"),
    (Field::ApiServerPort, "6443", "6443"),
    (Field::NodeSubnet, "10.200.0.0/24", "10.200.0.0/24"),
];

/// Values other than the default, for fields whose example is the default.
const OTHERS: &[(Field, &str)] = &[
    (Field::Name, "other"),
    (Field::KubernetesVersion, "v1.36.2"),
    (Field::Image, "registry.example.org/kinc/node:v1.36.3"),
    (Field::Autostart, "false"),
    (Field::Role, "worker"),
    (Field::NodeName, "kinc-dev-control-plane2"),
    (Field::NodeAddress, "10.200.0.3"),
    (Field::ApiServerAddress, "0.0.0.0"),
    (Field::ApiServerPort, "6444"),
    (Field::IpFamily, "dual"),
    (Field::PodSubnet, "10.245.0.0/16"),
    (Field::ServiceSubnet, "10.97.0.0/16"),
    (Field::NodeSubnet, "10.201.0.0/24"),
    (Field::DnsDomain, "example.org"),
    (Field::Cni, "none"),
    (Field::KubeProxyMode, "none"),
    (Field::Storage, "none"),
];

/// Returns a value as YAML reads it.
fn value(text: &str) -> Value {
    let documents = yaml::parse(&format!("value: {text}\n")).unwrap();
    documents[0].value.get("value").unwrap().clone()
}

/// Returns a field of the cluster, or of its only node.
fn of_first(field: Field) -> FieldRef {
    FieldRef::of_node(field, NodeId::first(Role::ControlPlane))
}

/// Returns a declaration of a cluster `dev` that gives these fields, in YAML.
fn declaration(given: &[(Field, &str)]) -> String {
    let mut root = Value::from([
        ("apiVersion", Value::from(API_VERSION)),
        ("kind", Value::from(KIND)),
    ]);
    root.set_path(Field::Name.path(), Value::from("dev"));
    for (field, text) in given {
        root.set_path(field.path(), value(text));
    }
    yaml::to_string(&root)
}

fn read(text: &str) -> Result<Cluster, Problems> {
    let name = "cluster.yaml";
    Ok(declaration::parse(&[Source {
        name,
        text,
        directory: None,
    }])?
    .remove(0))
}

/// Returns a cluster that gives these fields, as it is read once it was written.
#[track_caller]
fn written_and_read(given: &[(Field, &str)]) -> Cluster {
    let without_places = |cluster: Cluster| Cluster {
        explicit: Places::default(),
        ..cluster
    };
    let path = given[0].0.path();
    let text = declaration(given);
    let cluster = read(&text).unwrap_or_else(|found| panic!("{path}: {found}\n{text}"));
    let written = yaml::to_string(&declaration::document(&cluster));
    let again = read(&written).unwrap_or_else(|found| panic!("{path}: {found}\n{written}"));
    let cluster = without_places(cluster);
    assert_eq!(without_places(again), cluster, "{path}");
    cluster
}

/// A host that nothing else uses, on which whatever data there is has been moved to where it is declared.
fn host() -> InUse {
    let data = DataFacts {
        base: DataDir::new(BASE),
        moved: BTreeSet::from([ClusterName::new("dev").unwrap()]),
        ..DataFacts::default()
    };
    InUse {
        data,
        ..InUse::default()
    }
}

/// Returns the cluster `dev` that gives nothing but its name, with all that is decided for it.
fn resolved() -> Cluster {
    let minimal = read(&declaration(&[])).unwrap();
    resolve(&minimal, &host(), None).unwrap().declaration
}

/// Returns the files of a cluster that has this declaration from now on.
fn files(cluster: &Cluster, previous: Option<&Cluster>) -> Result<FileSet, Problems> {
    let plan = resolve(cluster, &host(), previous)?;
    Ok(render(&plan).unwrap())
}

#[test]
fn each_field_has_a_page_with_default_example_and_impact() {
    for field in Field::all() {
        let path = field.path();
        let page = explain(path).unwrap_or_else(|| panic!("{path} has no page"));
        assert!(
            !page.contains('`'),
            "{path}: backticks are for documents\n{page}"
        );
        let default = match field.default_text() {
            "" => "none: required".to_owned(),
            text => text.replace('`', ""),
        };
        for row in [
            format!("default   {default}"),
            format!("example   {}: {}", field.key(), field.example()),
            format!("a change  {}", field.impact().meaning()),
        ] {
            assert!(
                page.lines().any(|line| line == row),
                "{path}: {row}\n{page}"
            );
        }
    }
}

#[test]
fn each_example_survives_writing_and_reading() {
    for field in Field::all() {
        let cluster = written_and_read(&[(field, field.example())]);
        assert!(
            declaration::value(&cluster, of_first(field)).is_some(),
            "{}",
            field.path()
        );
    }
}

#[test]
fn all_examples_together_are_one_declaration() {
    let all: Vec<(Field, &str)> = Field::all().map(|field| (field, field.example())).collect();
    files(&written_and_read(&all), None).unwrap();
}

#[test]
fn each_documented_default_is_the_actual_default() {
    let cluster = resolved();
    for field in Field::all() {
        let (path, default) = (field.path(), field.default_text());
        let in_words = IN_WORDS.iter().find(|(words, ..)| *words == field);
        let expected = match (default, in_words) {
            // The one field that has to be given.
            ("", None) => Some("dev"),
            ("none", None) => None,
            (words, Some((_, part, value))) => {
                assert!(words.contains(part), "{path}: {part} is not in {words}");
                Some(*value)
            }
            (value, None) => Some(value),
        };
        assert_eq!(
            declaration::value(&cluster, of_first(field)),
            expected.map(value),
            "{path}: its default is said to be {default}"
        );
    }
}

/// Returns what a change of a field takes of a cluster that was made without it.
fn impact(field: Field) -> Impact {
    let (path, before) = (field.path(), resolved());
    let other = OTHERS.iter().find(|(one, _)| *one == field);
    let other = other.map_or(field.example(), |(_, other)| other);
    assert_ne!(
        declaration::value(&before, of_first(field)),
        Some(value(other)),
        "{path}: another value than the default is needed to change it"
    );
    let after = read(&declaration(&[(field, other)]));
    match after.and_then(|after| files(&after, Some(&before))) {
        Ok(after) => {
            let changes = diff(&files(&before, Some(&before)).unwrap(), &after);
            let effects = changes.iter().map(impact_of);
            effects
                .max()
                .unwrap_or_else(|| panic!("{path}: no file changes"))
        }
        Err(problems) => {
            let paths: Vec<&str> = problems
                .iter()
                .map(|problem| problem.path.as_str())
                .collect();
            assert_eq!(paths, [path], "{problems}");
            Impact::Immutable
        }
    }
}

#[test]
fn each_documented_impact_is_the_computed_impact() {
    for field in Field::all() {
        assert_eq!(impact(field), field.impact(), "{}", field.path());
    }
}
