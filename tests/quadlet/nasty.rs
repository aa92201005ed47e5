//! Texts that somebody might write into a declaration to see what happens.

use proptest::prelude::*;

/// What units, shells, YAML and templates give a meaning to.
const PIECES: [&str; 44] = [
    "\n",
    "\r",
    "\t",
    " ",
    "\\",
    "\"",
    "'",
    "%",
    "%h",
    "%%",
    "$",
    "$$",
    "${HOME}",
    "$HOME",
    ";",
    "\\;",
    "#",
    "=",
    ":",
    ",",
    "[Service]",
    "\nExecStartPre=/bin/false",
    "\\\n",
    "\\x00",
    "\\x80",
    "\\u0000",
    "\\d",
    "\0",
    "\u{1}",
    "\u{7f}",
    "\u{80}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{3000}",
    "\u{fdd0}",
    "\u{feff}",
    "\u{fffe}",
    "\u{10ffff}",
    "é",
    "名前",
    "{{ 7 * 7 }}",
    "--privileged",
    "- a: &b",
];

/// Any text, most of them short and made of characters that mean something to somebody.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        3 => "[a-z0-9]{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    let short = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![
        20 => short.clone(),
        1 => (short, 100..2000_usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}
