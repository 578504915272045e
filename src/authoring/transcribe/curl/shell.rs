//! A command line as bash or cmd.exe reads it, and the text below it. Nothing is expanded: a variable keeps its name.

/// The first command of a text.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// What is below the command.
    pub(super) rest: String,
}

/// A word of a command.
#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// The variables and commands that the shell would replace, as in the text: `$KEY`, `$(cat key)`.
    pub(super) variables: Vec<String>,
}

/// Splits a text after its first command; the error says what the shell does otherwise.
pub(super) fn split(text: &str) -> Result<Line, String> {
    if is_cmd(text) { cmd(text) } else { bash(text) }
}

/// Whether a command is quoted for cmd.exe: a caret before a quote or a line break, or `""` within a word.
fn is_cmd(text: &str) -> bool {
    let mut quote = None;
    let mut rest = text.trim_start().chars();
    let mut before = ' ';
    while let Some(letter) = rest.next() {
        let mut ahead = rest.clone();
        match (quote, letter) {
            (None, '^') if matches!(ahead.next(), Some('"' | '\n')) => return true,
            (None, '\n') => return false,
            (None | Some('"' | '$'), '\\') => drop(rest.next()),
            (None, '\'') => quote = Some(if before == '$' { '$' } else { '\'' }),
            (None, '"') => quote = Some('"'),
            (Some('$' | '\''), '\'') => quote = None,
            (Some('"'), '"') => {
                quote = None;
                let within = |next: char| !next.is_whitespace() && next != '$';
                if ahead.next() == Some('"') && ahead.next().is_some_and(within) {
                    return true;
                }
            }
            _ => {}
        }
        before = letter;
    }
    false
}

/// What is read of a text so far.
struct Reader<'a> {
    rest: std::str::Chars<'a>,
    words: Vec<Word>,
    /// The word that is being read. Escapes may make bytes of it.
    word: Option<Vec<u8>>,
    variables: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars(),
            words: Vec::new(),
            word: None,
            variables: Vec::new(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn word(&mut self) -> &mut Vec<u8> {
        self.word.get_or_insert_default()
    }

    fn push(&mut self, letter: char) {
        let mut bytes = [0; 4];
        let bytes = letter.encode_utf8(&mut bytes).as_bytes();
        self.word().extend_from_slice(bytes);
    }

    fn end(&mut self) -> Result<(), String> {
        if let Some(bytes) = self.word.take() {
            let text = String::from_utf8(bytes)
                .map_err(|_| "`$'…'` makes bytes that are not UTF-8".to_owned())?;
            let variables = std::mem::take(&mut self.variables);
            self.words.push(Word { text, variables });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Line, String> {
        self.end()?;
        Ok(Line {
            words: self.words,
            rest: self.rest.as_str().to_owned(),
        })
    }

    /// What is up to a closing letter, which is left out.
    fn until(&mut self, close: char) -> Result<String, String> {
        let text = self.rest.as_str();
        let (inside, rest) = text.split_once(close).ok_or_else(unclosed)?;
        self.rest = rest.chars();
        Ok(inside.to_owned())
    }

    /// The digits of an escape.
    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut number = None;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|letter| letter.to_digit(radix)) else {
                break;
            };
            self.rest.next();
            number = Some(number.unwrap_or(0) * radix + digit);
        }
        number
    }
}

fn unclosed() -> String {
    "a quote or bracket is not closed".to_owned()
}

fn bash(text: &str) -> Result<Line, String> {
    let mut reader = Reader::new(text);
    let mut brace = false;
    while let Some(letter) = reader.rest.next() {
        brace = brace && reader.word.is_some();
        match letter {
            '\n' | ' ' | '\t' => {
                reader.end()?;
                if letter == '\n' && !reader.words.is_empty() {
                    break;
                }
            }
            '\\' => match reader.rest.next() {
                Some('\n') | None => {}
                Some(letter) => reader.push(letter),
            },
            '\'' => {
                let inside = reader.until('\'')?;
                reader.word().extend_from_slice(inside.as_bytes());
            }
            '"' => double(&mut reader)?,
            '$' if reader.peek() == Some('\'') => {
                reader.rest.next();
                ansi(&mut reader)?;
            }
            '$' if reader.peek() == Some('"') => {} // A translated string, which is not translated.
            '$' => dollar(&mut reader)?,
            '#' if reader.word.is_none() => {
                let line = reader.rest.as_str();
                let end = line.find('\n').unwrap_or(line.len());
                reader.rest = line[end..].chars();
            }
            ';' if reader
                .rest
                .as_str()
                .lines()
                .next()
                .unwrap_or_default()
                .trim()
                .is_empty() =>
            {
                reader.end()?;
            }
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '`' => return Err(operator(letter)),
            ',' if brace => return Err(operator('{')),
            letter => {
                brace |= letter == '{';
                reader.push(letter);
            }
        }
    }
    reader.finish()
}

fn operator(letter: char) -> String {
    format!(
        "outside quotes `{letter}` is an operator of the shell: quote the word that contains it, or remove this part"
    )
}

/// The rest of a text in double quotes.
fn double(reader: &mut Reader<'_>) -> Result<(), String> {
    reader.word();
    loop {
        match reader.rest.next().ok_or_else(unclosed)? {
            '"' => return Ok(()),
            '\\' => match reader.rest.next().ok_or_else(unclosed)? {
                '\n' => {}
                letter @ ('$' | '`' | '"' | '\\') => reader.push(letter),
                letter => {
                    reader.push('\\');
                    reader.push(letter);
                }
            },
            '$' => dollar(reader)?,
            '`' => return Err("it contains a command between backticks".to_owned()),
            letter => reader.push(letter),
        }
    }
}

/// What follows a `$` that may be a variable or a command.
fn dollar(reader: &mut Reader<'_>) -> Result<(), String> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let variable = match reader.peek() {
        Some('{') => {
            reader.rest.next();
            format!("${}", reader.until('}')?)
        }
        Some('(') => {
            reader.rest.next();
            format!("$({})", reader.until(')')?)
        }
        Some(letter) if is_name(letter) => {
            let text = reader.rest.as_str();
            let end = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
            reader.rest = text[end..].chars();
            format!("${}", &text[..end])
        }
        Some(letter) if "?$!@*#-".contains(letter) => {
            reader.rest.next();
            format!("${letter}")
        }
        _ => "$".to_owned(),
    };
    reader.word().extend_from_slice(variable.as_bytes());
    if variable != "$" {
        reader.variables.push(variable);
    }
    Ok(())
}

/// The rest of a text in `$'…'`, which has the escapes of C.
fn ansi(reader: &mut Reader<'_>) -> Result<(), String> {
    reader.word();
    loop {
        let letter = match reader.rest.next().ok_or_else(unclosed)? {
            '\'' => return Ok(()),
            '\\' => reader.peek().ok_or_else(unclosed)?,
            letter => {
                reader.push(letter);
                continue;
            }
        };
        if !letter.is_digit(8) {
            reader.rest.next();
        }
        let byte = match letter {
            'a' => 7,
            'b' => 8,
            't' => 9,
            'n' => 10,
            'v' => 11,
            'f' => 12,
            'r' => 13,
            'e' | 'E' => 27,
            '\\' | '\'' | '"' | '?' => u32::from(letter),
            '0'..='7' => reader.digits(8, 3).unwrap_or_default() & 0xff,
            'x' => reader.digits(16, 2).ok_or_else(|| escape('x'))?,
            'c' => u32::from(reader.rest.next().ok_or_else(unclosed)?) & 0x1f,
            'u' | 'U' => {
                let decoded = unicode(reader, letter)?;
                reader.push(decoded);
                continue;
            }
            letter => {
                reader.push('\\');
                reader.push(letter);
                continue;
            }
        };
        if byte == 0 {
            return Err("`$'…'` contains a null byte, at which bash ends the word".to_owned());
        }
        reader.word().extend(u8::try_from(byte));
    }
}

/// The character of `\u` or `\U`. Browsers write one beyond U+FFFF as two.
fn unicode(reader: &mut Reader<'_>, kind: char) -> Result<char, String> {
    let digits = if kind == 'u' { 4 } else { 8 };
    let code = reader.digits(16, digits).ok_or_else(|| escape(kind))?;
    if code == 0 {
        return Err("`$'…'` contains a null byte, at which bash ends the word".to_owned());
    }
    if !(0xd800..0xdc00).contains(&code) {
        return char::from_u32(code).ok_or_else(|| escape(kind));
    }
    let low = reader.rest.as_str().strip_prefix("\\u");
    reader.rest = low.ok_or_else(|| escape(kind))?.chars();
    let low = reader
        .digits(16, 4)
        .filter(|low| (0xdc00..0xe000).contains(low));
    let low = low.ok_or_else(|| escape(kind))?;
    let code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    char::from_u32(code).ok_or_else(|| escape(kind))
}

fn escape(kind: char) -> String {
    format!("`$'…'` contains `\\{kind}` without the digits of a character")
}

/// cmd.exe removes its carets first, then the program splits what is left.
fn cmd(text: &str) -> Result<Line, String> {
    let mut command = String::new();
    let mut quoted = false;
    let mut rest = text.trim_start().chars();
    while let Some(letter) = rest.next() {
        match letter {
            // Behind a line break that a caret hides, the next character stands for itself.
            '^' if !quoted => match rest.next() {
                Some('\n') => command.extend(rest.next()),
                other => command.extend(other),
            },
            '\n' => break,
            '|' | '&' | '<' | '>' if !quoted => return Err(operator(letter)),
            letter => {
                quoted ^= letter == '"';
                command.push(letter);
            }
        }
    }
    let mut reader = Reader::new(&command);
    arguments(&mut reader)?;
    Ok(Line {
        rest: rest.as_str().to_owned(),
        ..reader.finish()?
    })
}

/// The rules of Microsoft's C runtime.
fn arguments(reader: &mut Reader<'_>) -> Result<(), String> {
    let mut quoted = false;
    while let Some(letter) = reader.rest.next() {
        match letter {
            ' ' | '\t' if !quoted => reader.end()?,
            '\\' => {
                let mut number = 1;
                while reader.peek() == Some('\\') {
                    reader.rest.next();
                    number += 1;
                }
                let escapes = reader.peek() == Some('"');
                for _ in 0..if escapes { number / 2 } else { number } {
                    reader.push('\\');
                }
                if escapes && number % 2 == 1 {
                    reader.rest.next();
                    reader.push('"');
                }
            }
            '"' if quoted && reader.peek() == Some('"') => {
                reader.rest.next();
                reader.push('"');
            }
            '"' => {
                reader.word();
                quoted = !quoted;
            }
            '%' => {
                percent(reader);
                reader.push('%');
            }
            letter => reader.push(letter),
        }
    }
    if quoted { Err(unclosed()) } else { Ok(()) }
}

/// Notes `%NAME%`. Two hexadecimal digits behind the sign are an escape of an address.
fn percent(reader: &mut Reader<'_>) {
    let text = reader.rest.as_str();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let hex = text.len() >= 2
        && text
            .chars()
            .take(2)
            .all(|letter| letter.is_ascii_hexdigit());
    if let Some((name, _)) = text.split_once('%')
        && !hex
        && !name.is_empty()
        && name.chars().all(is_name)
    {
        reader.variables.push(format!("%{name}%"));
    }
}
