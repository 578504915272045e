//! The size limit of a template. The engine parses by recursion, and a chain of a few thousand operators overflows the stack. So
//! templates that are too long are rejected before the engine parses them.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// The most tokens in all statements of a template and its longest expression: each may be a level of nesting.
const TOKENS: usize = 1_000;
/// How many sums there may be: a list added to itself becomes twice as long each time, and no fuel counts how it is written out.
const SUMS: usize = 10;

/// What there is too much of in a template, or in a bare expression.
pub(super) fn excess(text: &str, is_expression: bool) -> Option<String> {
    let (mut statements, mut longest, mut of_tag, mut sums) = (0, 0, 0, 0);
    for token in tokenize(text, is_expression, SyntaxConfig::default()) {
        // What cannot be taken apart is the engine's to say.
        let Ok((token, _)) = token else { break };
        of_tag += 1;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => of_tag = 0,
            Token::BlockEnd => statements += of_tag,
            Token::Plus => sums += 1,
            _ => longest = longest.max(of_tag),
        }
        if statements + longest > TOKENS {
            return Some(format!("more than {TOKENS} tokens"));
        }
        if sums > SUMS {
            return Some(format!("more than {SUMS} sums"));
        }
    }
    None
}
