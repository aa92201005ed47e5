//! How systemd reads and starts the command of a service, done again.
//!
//! After `config_parse_exec()`, `unit_full_printf()` and `replace_env_argv()`: words, then `%`,
//! then `$`, with nothing in the environment, in the unit `N.service` of a user.

/// Returns each command of an `ExecStart=` line; none where systemd would drop the line, or put a
/// variable or a specifier into it that Podman writes nowhere.
pub(crate) fn commands(line: &str) -> Option<Vec<Vec<String>>> {
    let is_character = |c: char| {
        let code = u32::from(c);
        code & 0xfffe != 0xfffe && !(0xfdd0..=0xfdef).contains(&code)
    };
    if line.contains(['\n', '\0']) || !line.chars().all(is_character) {
        return None;
    }
    let mut commands = vec![Vec::new()];
    for (word, bare) in words(line)? {
        if bare && word == b";" {
            commands.push(Vec::new());
            continue;
        }
        let word = String::from_utf8(word).ok()?;
        let word = without_variables(&without_specifiers(&word)?)?;
        commands.last_mut()?.push(word);
    }
    Some(commands)
}

/// Splits a line into words, and tells of each whether it was written without quotes.
fn words(line: &str) -> Option<Vec<(Vec<u8>, bool)>> {
    let mut found = Vec::new();
    let mut word: Option<(Vec<u8>, bool)> = None;
    let mut quote = None;
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        let blank = b" \t\r".contains(&byte);
        if blank && quote.is_none() {
            found.extend(word.take());
            continue;
        }
        let (text, bare) = word.get_or_insert((Vec::new(), true));
        match byte {
            b'\\' => text.extend(unescaped(&mut bytes)?),
            byte if quote == Some(byte) => quote = None,
            b'"' | b'\'' if quote.is_none() => {
                quote = Some(byte);
                *bare = false;
            }
            byte => text.push(byte),
        }
    }
    found.extend(word);
    quote.is_none().then_some(found)
}

/// Reads what follows a backslash; `\x` is a byte here.
fn unescaped(bytes: &mut impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let one = |byte: u8| Some(vec![byte]);
    match bytes.next()? {
        b'a' => one(7),
        b'b' => one(8),
        b'f' => one(12),
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'v' => one(11),
        b's' => one(b' '),
        byte @ (b'\\' | b'"' | b'\'') => one(byte),
        b'x' => {
            let digits = String::from_utf8(bytes.take(2).collect()).ok()?;
            let byte = u8::from_str_radix(&digits, 16).ok()?;
            (byte != 0).then(|| vec![byte])
        }
        _ => None,
    }
}

fn without_specifiers(word: &str) -> Option<String> {
    expanded(word, '%', |letter| match letter {
        '%' => Some("%"),
        'N' => Some("N"),
        't' => Some("/run/user/1000"),
        _ => None,
    })
}

/// A `$` that is not doubled is a variable, or in the best case itself.
fn without_variables(word: &str) -> Option<String> {
    expanded(word, '$', |letter| (letter == '$').then_some("$"))
}

/// Returns a text with a value for each `mark` and its letter.
fn expanded(
    word: &str,
    mark: char,
    value: impl Fn(char) -> Option<&'static str>,
) -> Option<String> {
    let mut out = String::new();
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        if c == mark {
            out.push_str(value(rest.next()?)?);
        } else {
            out.push(c);
        }
    }
    Some(out)
}
