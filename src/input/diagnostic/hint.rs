//! "Did you mean": the known name that is nearest to a mistyped one.

/// How alike two names must be, from 0 to 1, before one is offered for the other. At 0.7 a swapped, missing or doubled letter of a short
/// name is still found, and unrelated names are not.
const ALIKE: f64 = 0.7;

/// No known name is longer, in bytes, that could be meant; to compare long texts takes long.
const LONGEST: usize = 100;
/// How many known names are looked at, and how many are listed: of more nobody reads the rest.
const LOOKED_AT: usize = 1_000;
const LISTED: usize = 100;

/// The known name that `typed` was probably meant to be.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if typed.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .take(LOOKED_AT)
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// The help for a mistyped name, where one that is known is near.
pub fn suggestion<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(typed, known).map(|name| format!("did you mean `{name}`?"))
}

/// The one known name that `typed` can only be meant to be: a slip of a letter or two away, while no other is near.
pub fn misspelt<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if typed.len() > LONGEST {
        return None;
    }
    let slips = |name: &str| strsim::damerau_levenshtein(typed, name);
    // In a short name two letters are most of it.
    let near =
        |name: &&str| name.len() <= LONGEST && slips(name) <= if name.len() < 5 { 1 } else { 2 };
    let mut near = known.into_iter().filter(near);
    let only = near.next()?;
    near.next().is_none().then_some(only)
}

/// The known names as one phrase: `a, b or c`.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = names.into_iter();
    let mut names: Vec<String> = all
        .by_ref()
        .take(LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    let last = match all.count() {
        0 => names.pop(),
        more => Some(format!("{more} more")),
    };
    match (names.is_empty(), last) {
        (_, None) => "nothing".to_owned(),
        (true, Some(only)) => only,
        (false, Some(last)) => format!("{} or {last}", names.join(", ")),
    }
}
