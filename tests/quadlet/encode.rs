//! The encoders against the readers of units, done again in `podman` and `systemd`.
//!
//! Of every value that an encoder accepts: the line is one line, Podman takes it for one value,
//! and systemd starts a program with that value.

use kinc::units::render::encode::{self, VALUE_MAX_BYTES};
use proptest::prelude::*;

use crate::{nasty, podman, systemd};

/// Returns what Podman reads of `Key=` with this text, which must not change the lines around.
fn line(encoded: &str) -> String {
    let file = format!("[Container]\nBefore=1\nKey={encoded}\nAfter=2\n");
    let lines = podman::lines(&file).unwrap();
    let keys: Vec<&str> = lines.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["[Container]", "Before", "Key", "After"], "{file}");
    let [before, value, after] = [1, 2, 3].map(|index| lines[index].1.clone());
    assert_eq!([before, after], ["1", "2"], "{file}");
    value
}

/// Returns the argument that a program gets which Podman hands this text.
fn handed_on(text: &str) -> String {
    let words = ["/usr/bin/podman", "run", "--option", text, "image"].map(str::to_owned);
    let received = [false, true].map(|later| {
        let line = podman::command(&words, later);
        let mut commands = systemd::commands(&line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(commands.len(), 1, "{line}");
        let mut arguments = commands.remove(0);
        assert_eq!(arguments.len(), words.len(), "{line}");
        arguments.remove(3)
    });
    let [earlier, later] = received;
    assert_eq!(earlier, later);
    later
}

/// Returns the only word of a list.
fn only(words: Option<Vec<String>>) -> String {
    let words = words.unwrap();
    assert_eq!(words.len(), 1, "{words:?}");
    words.concat()
}

/// Whether a text can be part of an argument at all.
fn is_part(text: &str) -> bool {
    let refused = |c: char| {
        let code = u32::from(c);
        matches!(code, 0 | 0x80 | 0xfdd0..=0xfdef) || code & 0xfffe == 0xfffe
    };
    text.len() <= VALUE_MAX_BYTES && !text.contains(refused)
}

/// Whether a text shows every character on one line.
fn is_visible(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_is_its_value_for_every_reader(text in nasty::text()) {
        let encoded = encode::line(&text);
        let can_be = is_part(&text) && is_visible(&text) && text.trim() == text
            && !text.ends_with('\\') && !["", ";"].contains(&text.as_str());
        prop_assert_eq!(encoded.is_ok(), can_be);
        if let Ok(encoded) = encoded {
            prop_assert_eq!(handed_on(&line(&encoded)), text);
        }
    }

    #[test]
    fn a_text_is_its_value_for_every_version(text in nasty::text()) {
        let encoded = encode::text(&text);
        let quoted = text.starts_with('"') || text.ends_with('"');
        prop_assert_eq!(encoded.is_ok(), encode::line(&text).is_ok() && !quoted);
        if let Ok(encoded) = encoded {
            for read in podman::texts(&line(&encoded)) {
                prop_assert_eq!(handed_on(&read), text.clone());
            }
        }
    }

    #[test]
    fn a_word_is_one_word(text in nasty::text()) {
        let encoded = encode::word(&text);
        let can_be = is_part(&text) && is_visible(&text) && !["", ";"].contains(&text.as_str());
        prop_assert_eq!(encoded.is_ok(), can_be);
        if let Ok(encoded) = encoded {
            prop_assert_eq!(handed_on(&only(podman::words(&line(&encoded)))), text);
        }
    }

    #[test]
    fn words_beside_each_other_stay_apart(texts in proptest::collection::vec(nasty::text(), 1..4)) {
        let accepted: Vec<&String> =
            texts.iter().filter(|text| encode::word(text).is_ok()).collect();
        let encoded: Vec<String> =
            accepted.iter().map(|text| encode::word(text).unwrap()).collect();
        // A line without a word would take back what came before it.
        let read = match encoded.join(" ") {
            none if none.is_empty() => Vec::new(),
            some => podman::words(&line(&some)).unwrap(),
        };
        let received: Vec<String> = read.iter().map(|word| handed_on(word)).collect();
        prop_assert_eq!(received.iter().collect::<Vec<_>>(), accepted);
    }

    #[test]
    fn an_argument_is_one_argument(text in nasty::text()) {
        let encoded = encode::argument(&text);
        prop_assert_eq!(encoded.is_ok(), is_part(&text) && !["", ";"].contains(&text.as_str()));
        if let Ok(encoded) = encoded {
            prop_assert_eq!(handed_on(&only(podman::arguments(&line(&encoded)))), text);
        }
    }

    #[test]
    fn a_variable_has_its_value(text in nasty::text()) {
        let encoded = encode::value(&text);
        prop_assert_eq!(encoded.is_ok(), is_part(&text));
        if let Ok(encoded) = encoded {
            let pair = only(podman::arguments(&line(&format!("NAME={encoded}"))));
            prop_assert_eq!(handed_on(&pair), format!("NAME={text}"));
        }
    }

    #[test]
    fn the_name_of_a_variable_is_only_that(text in nasty::text()) {
        if let Ok(encoded) = encode::key(&text) {
            let pair = only(podman::arguments(&line(&format!("{encoded}=a"))));
            prop_assert_eq!(handed_on(&pair), format!("{text}=a"));
            prop_assert!(!text.contains('='));
        }
    }

    #[test]
    fn a_setting_is_its_value_for_systemd(text in nasty::text()) {
        if let Ok(encoded) = encode::setting(&text) {
            // systemd expands specifiers there, and has neither quotes nor variables.
            prop_assert_eq!(line(&encoded).replace("%%", "%"), text);
            prop_assert!(!encoded.replace("%%", "").contains('%'));
        }
    }
}
