//! Input files: folders on disk or embedded, TOML as trees with positions, and the diagnostics that point into them.

pub mod diagnostic;
pub mod document;
pub mod files;
pub mod shipped;
