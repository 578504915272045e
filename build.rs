//! Rebuilds the program when a shipped file is added: `include_dir!` cannot say which files it read.

fn main() {
    println!("cargo::rerun-if-changed=cases");
    println!("cargo::rerun-if-changed=schemas");
}
