//! Texts that are nearly declarations: known ones with a few things changed, from one seed.

/// A mutated text is no longer than that; longer ones are done by `tests/limits.rs`.
const TEXT_MAX_BYTES: usize = 64 << 10;

/// What means something to YAML, to a unit, or to a field of the declaration.
const PIECES: [&str; 72] = [
    "\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    ": ",
    "- ",
    "? ",
    "# ",
    "\n---\n",
    "\n...\n",
    "%YAML 1.1\n---\n",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!!binary ",
    "!!int ",
    "| ",
    ">-\n  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "\\",
    "\0",
    "\u{7}",
    "\u{85}",
    "\u{feff}",
    "\u{2028}",
    "\u{202e}",
    "\u{fffe}",
    "é",
    "\"a\\nExecStartPre=b\"",
    "\"\\0\"",
    "'a''b'",
    "%h",
    "$HOME",
    "${A}",
    "{{ 7 * 7 }}",
    ";",
    "=",
    "null",
    "~",
    "true",
    "no",
    "0",
    "-1",
    "1e999",
    ".nan",
    ".inf",
    "0x7fffffffffffffff",
    "0o17",
    "99999999999999999999999999",
    "0.1",
    "1500m",
    "4Gi",
    "none",
    "\"none\"",
    "65535",
    "65536",
    "0.0.0.0",
    "255.255.255.255",
    "10.0.0.0/8",
    "10.200.0.0/29",
    "::1",
    "a.b/c@sha256:d",
    "v1.36.3-rc.1",
    "spec",
];

/// Numbers that look random, always the same ones for a seed: `SplitMix64`.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `end`, or 0 when there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or_default()
    }

    /// Returns one of several.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Returns one of the pieces, or several, or a random character.
pub(crate) fn nasty(random: &mut Random) -> String {
    match random.below(8) {
        0 => {
            let code = u32::try_from(random.below(0x11_0000)).unwrap_or_default();
            char::from_u32(code).unwrap_or('\u{fffd}').to_string()
        }
        1 => (0..random.below(6))
            .map(|_| *random.pick(&PIECES))
            .collect(),
        2 => random.pick(&PIECES).repeat(1 + random.below(200)),
        _ => (*random.pick(&PIECES)).to_owned(),
    }
}

/// Returns one of the texts with one to six changes.
pub(crate) fn mutated(random: &mut Random, texts: &[String]) -> String {
    let mut text = random.pick(texts).clone();
    let changes = 1 + random.below(2) * random.below(6);
    for _ in 0..changes {
        text = changed(random, &text, texts);
    }
    let end = (0..=TEXT_MAX_BYTES.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
    text
}

fn changed(random: &mut Random, text: &str, texts: &[String]) -> String {
    match random.below(8) {
        0..=2 => with_other_value(random, text),
        3 => {
            let at = boundary(random, text);
            let piece = nasty(random);
            format!("{}{piece}{}", &text[..at], &text[at..])
        }
        4 => {
            let (a, b) = (boundary(random, text), boundary(random, text));
            format!("{}{}", &text[..a.min(b)], &text[a.max(b)..])
        }
        5 => with_other_lines(random, text),
        6 => {
            let other = random.pick(texts);
            let (a, b) = (boundary(random, text), boundary(random, other));
            format!("{}{}", &text[..a], &other[b..])
        }
        _ => format!("{text}---\n{}", random.pick(texts)),
    }
}

/// Replaces what is behind a colon.
fn with_other_value(random: &mut Random, text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let chosen = random.below(lines.len());
    let value = nasty(random);
    let quoted = random.below(3) == 0;
    let line = |(index, line): (usize, &&str)| match line.split_once(": ") {
        Some((key, _)) if index == chosen && quoted => format!("{key}: {value:?}\n"),
        Some((key, _)) if index == chosen => format!("{key}: {value}\n"),
        _ => format!("{line}\n"),
    };
    lines.iter().enumerate().map(line).collect()
}

/// Repeats, drops, moves or indents a line.
fn with_other_lines(random: &mut Random, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return String::new();
    }
    let (a, b) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(4) {
        0 => {
            let times = 1 + random.below(100);
            let line = lines[a].clone();
            lines.splice(a..a, vec![line; times]);
        }
        1 => drop(lines.remove(a)),
        2 => lines.swap(a, b),
        _ => lines[a].insert_str(0, &" ".repeat(random.below(5))),
    }
    lines.join("\n") + "\n"
}

/// Returns a place between two characters.
fn boundary(random: &mut Random, text: &str) -> usize {
    let at = random.below(text.len() + 1);
    (at..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}
