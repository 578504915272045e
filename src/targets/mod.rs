//! Targets: a base URL with credentials, fixtures, permits and limits, as `gonogo.toml` declares them.
//!
//! A [`Profile`] is what the file says and knows no secret; a [`Target`] has read them. Sending is left to `client`.

mod address;
mod config;
mod hide;
mod keys;
mod profile;
mod reading;
mod resolve;
mod waiver;

pub use address::{AddressError, address};
pub use config::{Config, FILE_NAME, REFERENCE};
pub use keys::file_schema;
pub use profile::{
    CredentialSource, HeaderSource, Http, Limits, Permit, Profile, ReadSecret, SecretSource,
};
pub use resolve::{Credential, Target, resolve};
pub use waiver::{Day, Waiver, matches};
