//! Which lines a template can become, read from its source without rendering it.

use std::fs;
use std::path::Path;

/// A line of a template, up to the first value in it.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    start: String,
    /// Whether the line continues with a value.
    has_value: bool,
    least: usize,
    most: usize,
}

/// The lines of a template; empty ones are nothing to any reader.
#[derive(Debug)]
pub(crate) struct Template {
    name: String,
    lines: Vec<Line>,
}

/// Returns every template of the repository.
pub(crate) fn all() -> Vec<Template> {
    let mut templates = Vec::new();
    for folder in ["haproxy", "quadlet", "systemd", "templates"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            templates.push(Template::new(name, &source(&path)));
        }
    }
    templates
}

/// Returns the text of a template, with those that it includes.
fn source(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let line = |line: &str| match line.strip_prefix("{% include \"") {
        Some(rest) => {
            let included = rest.split('"').next().unwrap();
            source(&Path::new(env!("CARGO_MANIFEST_DIR")).join(included))
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// Says which line of a rendered file none of its templates has, or which is there too often.
pub(crate) fn unexplained(templates: &[Template], path: &str, text: &str) -> Option<String> {
    let extension = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let candidates = templates
        .iter()
        .filter(|template| extension(&template.name) == extension(path));
    let found: Vec<Option<String>> = candidates
        .map(|template| template.unexplained(text))
        .collect();
    if found.iter().any(Option::is_none) {
        return None;
    }
    let reasons: Vec<String> = found.into_iter().flatten().collect();
    Some(format!("{path}: {}\n{text}", reasons.join("; ")))
}

impl Template {
    fn new(name: String, source: &str) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        let mut blocks = Vec::new();
        for line in source.lines() {
            let (text, tags) = without_tags(line);
            for tag in tags {
                match tag.as_str() {
                    "if" | "for" => blocks.push(tag),
                    "endif" | "endfor" => drop(blocks.pop()),
                    _ => {}
                }
            }
            if text.trim().is_empty() {
                continue;
            }
            let (start, has_value) = match text.split_once("{{") {
                Some((start, _)) => (start.to_owned(), true),
                None => (text, false),
            };
            let repeated = blocks.iter().any(|block| block == "for") || line.contains("{% for");
            let optional = !blocks.is_empty() || line.contains("{%");
            let (least, most) = (
                usize::from(!optional),
                if repeated { usize::MAX } else { 1 },
            );
            match lines.iter_mut().find(|line| line.start == start) {
                Some(line) => {
                    line.least += least;
                    line.most = line.most.saturating_add(most);
                }
                None => lines.push(Line {
                    start,
                    has_value,
                    least,
                    most,
                }),
            }
        }
        Self { name, lines }
    }

    fn unexplained(&self, text: &str) -> Option<String> {
        let mut counts = vec![0; self.lines.len()];
        // What any reader could take for the end of a line is one.
        let rendered = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        for line in rendered.filter(|line| !line.trim().is_empty()) {
            let explains = |template: &Line| {
                let value = line.strip_prefix(&template.start);
                value.is_some_and(|value| value.is_empty() != template.has_value)
            };
            let explained = self
                .lines
                .iter()
                .enumerate()
                .filter(|(_, template)| explains(template));
            match explained.max_by_key(|(_, template)| template.start.len()) {
                Some((index, _)) => counts[index] += 1,
                None => return Some(format!("{} has no line for {line:?}", self.name)),
            }
        }
        let wrong = self.lines.iter().zip(counts).find(|(line, count)| {
            let range = line.least..=line.most;
            !range.contains(count)
        });
        wrong.map(|(line, count)| format!("{}: {count} times {:?}", self.name, line.start))
    }
}

/// Takes the `{% … %}` out of a line, and returns their first words.
fn without_tags(line: &str) -> (String, Vec<String>) {
    let mut parts = line.split("{%");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut tags = Vec::new();
    for part in parts {
        let (tag, rest) = part.split_once("%}").unwrap_or((part, ""));
        let mut words = tag.trim_start_matches('-').split_whitespace();
        tags.extend(words.next().map(str::to_owned));
        text.push_str(rest);
    }
    (text, tags)
}

#[test]
fn the_fuzzer_detects_an_injected_line() {
    let source = "[A]\nB={{ b }}\n{% if c %}\nC={{ c }}\n{% endif %}\n{% for d in ds %}\nD={{ d }}\n{% endfor %}\n";
    let template = Template::new("t.unit".to_owned(), source);
    for text in ["[A]\nB=1\n", "[A]\n\nB=1\nC=2\n", "[A]\nB=1\nD=1\nD=2\n"] {
        assert_eq!(template.unexplained(text), None, "{text}");
    }
    let rows = [
        ("[A]\nB=1\nE=2\n", "t.unit has no line for \"E=2\""),
        ("[A]\nB=1\rE=2\n", "t.unit has no line for \"E=2\""),
        ("[A]\nB=1\n[B]\n", "t.unit has no line for \"[B]\""),
        ("[A]\nB=1\nB=2\n", "t.unit: 2 times \"B=\""),
        ("[A]\nB=1\nC=1\nC=2\n", "t.unit: 2 times \"C=\""),
        ("[A]\nC=2\n", "t.unit: 0 times \"B=\""),
        ("[A]\nB=\n", "t.unit has no line for \"B=\""),
    ];
    for (text, expected) in rows {
        assert_eq!(template.unexplained(text).as_deref(), Some(expected));
    }
}
