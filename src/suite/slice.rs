//! Slices of a template, written so that the engine's list of names has what is sliced: of `{{ secret.member[:-4] }}` it leaves
//! `secret.member` out. Only the list is made of the rewritten text; what is rendered is the author's.

/// The text with each slice `a[b:c]` written as the lookup `a[[b, c]]`, which has the same names in it.
pub(super) fn without(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(start) = ["{{", "{%"]
        .iter()
        .filter_map(|opens| rest.find(opens))
        .min()
    {
        let closes = if rest[start..].starts_with("{{") {
            "}}"
        } else {
            "%}"
        };
        let (before, tag) = rest.split_at(start);
        let (inner, end) = rewritten(&tag[2..], closes);
        made.push_str(before);
        made.push_str(&tag[..2]);
        made.push_str(&inner);
        rest = &tag[2 + end..];
    }
    made + rest
}

/// A bracket that is open.
struct Open {
    /// Where its content begins in what was made.
    at: usize,
    square: bool,
    slice: bool,
    /// Whether nothing was seen since it was opened or since its last colon.
    blank: bool,
}

/// The tag up to its end, rewritten, and how much of it that was.
fn rewritten(tag: &str, closes: &str) -> (String, usize) {
    let mut made = String::new();
    let mut open: Vec<Open> = Vec::new();
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, letter) in tag.char_indices() {
        if let Some(quotes) = quote {
            if letter == quotes && !escaped {
                quote = None;
            }
            escaped = letter == '\\' && !escaped;
            made.push(letter);
            continue;
        }
        if open.is_empty() && tag[at..].starts_with(closes) {
            return (made, at);
        }
        match letter {
            ':' => {
                if let Some(bracket) = open.last_mut().filter(|bracket| bracket.square) {
                    // A bound that is left out is one, too.
                    made.push_str(if bracket.blank { "0," } else { "," });
                    (bracket.slice, bracket.blank) = (true, true);
                    continue;
                }
            }
            ']' | ')' | '}' => {
                if let Some(bracket) = open.pop().filter(|bracket| bracket.slice) {
                    made.push_str(if bracket.blank { "0]" } else { "]" });
                    made.insert(bracket.at, '[');
                }
            }
            _ => {}
        }
        if let Some(bracket) = open.last_mut() {
            bracket.blank &= letter.is_whitespace();
        }
        made.push(letter);
        match letter {
            '\'' | '"' => quote = Some(letter),
            '[' | '(' | '{' => open.push(Open {
                at: made.len(),
                square: letter == '[',
                slice: false,
                blank: true,
            }),
            _ => {}
        }
    }
    (made, tag.len())
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn slices_are_lookups() {
        let table = [
            ("no template [1:2]", "no template [1:2]"),
            ("{{ a }}", "{{ a }}"),
            ("{{ a[0] }}", "{{ a[0] }}"),
            ("{{ a.b[:-4] }}", "{{ a.b[[0,-4]] }}"),
            ("{{ a.b[12:] }}!", "{{ a.b[[12,0]] }}!"),
            ("{{ a[:] }}", "{{ a[[0,0]] }}"),
            ("{{ a[::2] }}", "{{ a[[0,0,2]] }}"),
            ("{{ a[b[1:]:c] }}", "{{ a[[b[[1,0]],c]] }}"),
            ("{{ a[1:][:2] }}", "{{ a[[1,0]][[0,2]] }}"),
            ("{{ {'a': b}[c] }}", "{{ {'a': b}[c] }}"),
            ("{{ a[{'b': c}['b']:] }}", "{{ a[[{'b': c}['b'],0]] }}"),
            ("{{ a['x:y'] }}", "{{ a['x:y'] }}"),
            (r#"{{ a["\"]:"] }}"#, r#"{{ a["\"]:"] }}"#),
            ("{{ '}}' ~ a[1:] }}", "{{ '}}' ~ a[[1,0]] }}"),
            (
                "{% if a[:1] %}[1:2]{% endif %}",
                "{% if a[[0,1]] %}[1:2]{% endif %}",
            ),
            (
                "'{{ a[:1] }}' \"{{ b[1:] }}\"",
                "'{{ a[[0,1]] }}' \"{{ b[[1,0]] }}\"",
            ),
            // What does not parse is left to the engine to say.
            ("{{ a[", "{{ a["),
            ("{{ a] }}", "{{ a] }}"),
            ("{{ a(b }}", "{{ a(b }}"),
        ];
        for (text, made) in table {
            assert_eq!(without(text), made, "{text}");
        }
    }
}
