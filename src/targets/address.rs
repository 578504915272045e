//! The address of a target or a proxy, as a file or the command line gives it.

use url::Url;

/// Why a text is no address; reads as a message. None shows a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL of HTTP.
    #[error("`{0}` is not an address")]
    NotOne(String),
    /// It has a user or a password.
    #[error("this address has a user or a password in it")]
    Password,
    /// Paths are put under it, which a query or a fragment would swallow.
    #[error("the address `{0}` has a query or a fragment")]
    Query(String),
}

impl AddressError {
    /// What is expected instead.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::NotOne(_) => "expected an http or https URL such as https://staging.example.com",
            Self::Password => "expected an address alone: secrets are named by where they are",
            Self::Query(_) => "expected an address that paths can be put under",
        }
    }

    /// How to mend it.
    pub fn help(&self) -> Option<String> {
        (*self == Self::Password).then(|| "put it under `credentials`".to_owned())
    }
}

/// The address that a text is.
pub fn address(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    match url {
        // Also one that is none otherwise: what stands before the `@` may be a secret.
        _ if text.contains('@') => Err(AddressError::Password),
        None => {
            let (shown, rest) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
            let dots = if rest.is_empty() { "" } else { "..." };
            Err(AddressError::NotOne(format!("{shown}{dots}")))
        }
        Some(url) if url.query().is_some() || url.fragment().is_some() => {
            let mut shown = url;
            shown.set_query(None);
            shown.set_fragment(None);
            Err(AddressError::Query(shown.into()))
        }
        Some(url) => Ok(url),
    }
}
