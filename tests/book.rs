//! The tutorial and the how-to pages are run: each page in a folder of its own, its files written, its commands typed in turn, and
//! what is printed compared with what is shown. `...` stands for any lines, or for any part of one.
//!
//! Only blocks of the language `console` are run: others are for the reader alone.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the documentation has failed"
)]

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The port that the pages show; each run of a page has one of its own.
const PORT: &str = "8080";
/// Between the outputs of two commands.
const MARK: &str = "\u{1e}";

/// Something that a reader does.
#[derive(Debug)]
enum Action {
    /// Writes a file.
    Write { name: String, text: String },
    /// Types a command, and sees this.
    Type {
        line: usize,
        command: String,
        shown: Vec<String>,
    },
}

#[test]
fn the_commands_of_the_book_do_what_it_shows() {
    let mut pages: Vec<PathBuf> = fs::read_dir(Path::new(ROOT).join("docs/how-to"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.push(Path::new(ROOT).join("docs/tutorial.md"));
    pages.sort();
    let mut faults = Vec::new();
    for page in pages {
        let shown = page.strip_prefix(ROOT).unwrap().display().to_string();
        let actions = actions(&fs::read_to_string(&page).unwrap());
        let typed = |action: &&Action| matches!(action, Action::Type { .. });
        assert!(
            actions.iter().any(|action| typed(&action)),
            "{shown} shows no command"
        );
        // What a page starts in the background it stops.
        let commands: Vec<&str> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Type { command, .. } => Some(command.as_str()),
                Action::Write { .. } => None,
            })
            .collect();
        let started = commands.iter().rposition(|command| command.ends_with(" &"));
        let stopped = commands.iter().rposition(|command| *command == "kill $!");
        assert!(started <= stopped, "{shown} leaves a server running");
        for fault in run(&actions) {
            faults.push(format!("{shown}:{fault}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn another_output_is_noticed() {
    let page = "```console\n$ echo a b\na ...\n$ echo c\nd\n$ printf 'x\\ny\\nz\\n'\n...\nz\n```\n";
    let faults = run(&actions(page));
    assert_eq!(faults, ["4: `echo c` prints\nc\n\nand not\nd\n"]);
}

#[test]
fn the_summary_has_every_page() {
    let summary = fs::read_to_string(Path::new(ROOT).join("docs/SUMMARY.md")).unwrap();
    let mut missing = Vec::new();
    for folder in ["docs", "docs/how-to"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(Path::new(ROOT).join("docs")).unwrap();
            let link = format!("]({})", below.display());
            let is_page = path.extension().is_some_and(|ending| ending == "md");
            if is_page && below != Path::new("SUMMARY.md") && !summary.contains(&link) {
                missing.push(link);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "docs/SUMMARY.md does not have {missing:?}"
    );
}

/// What a page tells the reader to do.
fn actions(page: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut before = "";
    let mut lines = (1..).zip(page.lines());
    while let Some((_, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                before = line;
            }
            continue;
        };
        let block: Vec<(usize, &str)> = lines
            .by_ref()
            .take_while(|(_, line)| *line != "```")
            .collect();
        let name = before
            .strip_suffix("`:")
            .and_then(|before| before.rsplit('`').next());
        match (language, name) {
            ("console", _) => actions.extend(typed(&block)),
            (_, Some(name)) => actions.push(Action::Write {
                name: name.to_owned(),
                text: block.iter().flat_map(|(_, line)| [*line, "\n"]).collect(),
            }),
            _ => {}
        }
        before = "";
    }
    actions
}

fn typed(block: &[(usize, &str)]) -> Vec<Action> {
    let mut typed: Vec<Action> = Vec::new();
    for (number, text) in block {
        if let Some(command) = text.strip_prefix("$ ") {
            typed.push(Action::Type {
                line: *number,
                command: command.to_owned(),
                shown: Vec::new(),
            });
        } else if let Some(Action::Type { shown, .. }) = typed.last_mut() {
            shown.push((*text).to_owned());
        }
    }
    typed
}

/// Does it all in one shell, and yields what came out otherwise.
fn run(actions: &[Action]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    // What serves in the background is ended with the shell, or before another one.
    let mut script =
        String::from("serving=\nended() { kill $serving 2>/dev/null; }\ntrap ended EXIT\n");
    for (index, action) in actions.iter().enumerate() {
        match action {
            Action::Write { name, text } => {
                // In turn with the commands: a page may write a file twice.
                let kept = format!("kept-{index}");
                fs::write(folder.path().join(&kept), text.replace(PORT, &port)).unwrap();
                let _ = writeln!(
                    script,
                    "mkdir -p \"$(dirname '{name}')\"\nmv {kept} '{name}'"
                );
            }
            Action::Type { command, .. } => {
                let command = command.replace(PORT, &port);
                let _ = match command.strip_suffix(" &") {
                    Some(command) => writeln!(
                        script,
                        "ended; ({command}) >served 2>&1 & serving=$!\nuntil grep -q . served; do sleep 0.05; done; cat served"
                    ),
                    None => writeln!(script, "(exit $status)\n{{ {command}\n}} 2>&1\nstatus=$?"),
                };
                let _ = writeln!(script, "printf '\\n{MARK}\\n'");
            }
        }
    }
    let program = Path::new(env!("CARGO_BIN_EXE_gonogo"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-c", &format!("status=0\n{script}")])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout)
        .unwrap()
        .replace(&port, PORT);
    let mark = format!("\n{MARK}\n");
    let mut printed = printed.split(&mark);
    let mut faults = Vec::new();
    for action in actions {
        let Action::Type {
            line,
            command,
            shown,
        } = action
        else {
            continue;
        };
        let printed = printed.next().unwrap_or_default();
        let lines: Vec<&str> = printed.lines().collect();
        let wanted: Vec<&str> = trimmed(shown);
        if !matches(&wanted, &trimmed(&lines)) {
            let wanted = wanted.join("\n");
            faults.push(format!(
                "{line}: `{command}` prints\n{}\n\nand not\n{wanted}\n",
                printed.trim_end()
            ));
        }
    }
    faults
}

/// A port that nothing listens on.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// Without empty lines at both ends.
fn trimmed<S: AsRef<str>>(lines: &[S]) -> Vec<&str> {
    let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
    let from = lines
        .iter()
        .position(|line| !line.is_empty())
        .unwrap_or(lines.len());
    let to = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(from, |at| at + 1);
    lines[from..to].to_vec()
}

/// Whether lines are those that are shown; a line of `...` alone stands for any number of them.
fn matches(shown: &[&str], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|from| matches(rest, &lines[from..])),
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, lines)| fits(first, line) && matches(rest, lines)),
    }
}

/// Whether a line is the one that is shown; `...` in it stands for anything, where it does not itself stand in the line.
fn fits(shown: &str, line: &str) -> bool {
    if shown == line {
        return true;
    }
    let mut parts = shown.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
