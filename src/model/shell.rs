//! Words for a POSIX shell, in commands that people paste.

/// Returns a text as one word of a command line.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    // Within such quotes nothing has a meaning but their end.
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "what a shell reads, only a shell can tell"
    )]
    fn a_quoted_word_reaches_the_shell_unchanged() {
        let texts = [
            "",
            "/srv/kinc",
            "/home/ops/my data/50% of $HOME \"it's\"",
            "`id`\\\n!*?[a]~#;&|<>()",
            "{a,b}",
            "a=b",
        ];
        let words: Vec<String> = texts.iter().map(|text| word(text)).collect();
        let script = format!("printf '%s\\0' {}", words.join(" "));
        for shell in ["sh", "bash"] {
            let output = Command::new(shell).args(["-c", &script]).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let read: Vec<&str> = printed.split_terminator('\0').collect();
            assert_eq!(read, texts, "{shell}");
        }
        assert_eq!(word("/srv/kinc"), "/srv/kinc");
    }
}
