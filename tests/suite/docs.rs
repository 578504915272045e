//! The documentation is held to the program, through its public face: what it shows loads, where it points there is something, the keys
//! that it names are the keys that are known, and its exit statuses are the program's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gonogo::cli::Exit;
use gonogo::contract::Check;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Page, the headings of its tables of keys, a file with an unknown key at that place, and what the message calls the place.
const SECTIONS: [(&str, &str, &str, &str); 24] = [
    (
        "case-files.md",
        "Requests",
        "[request.x]\nodd = 1",
        "a request",
    ),
    ("case-files.md", "Probes", "[probe.x]\nodd = 1", "a probe"),
    (
        "case-files.md",
        "Cases",
        "[[case]]\nname = \"x\"\nodd = 1\nstep = []",
        "a case",
    ),
    (
        "case-files.md",
        "Cases+Steps",
        "[[case]]\nname = \"x\"\nodd = 1",
        "a case",
    ),
    (
        "case-files.md",
        "Steps",
        "[[case]]\nname = \"x\"\nstep = [{ odd = 1 }]",
        "a step",
    ),
    (
        "case-files.md",
        "Poll",
        "[[case]]\nname = \"x\"\npoll.odd = 1",
        "`poll`",
    ),
    (
        "case-files.md",
        "Burst",
        "[[case]]\nname = \"x\"\nburst.odd = 1",
        "`burst`",
    ),
    (
        "case-files.md",
        "Send",
        "[[case]]\nname = \"x\"\nsend.odd = 1",
        "`send`",
    ),
    (
        "case-files.md",
        "A part of",
        "[request.x]\nmethod = \"GET\"\npath = \"/\"\nmultipart = [{ odd = 1 }]",
        "a part",
    ),
    (
        "case-files.md",
        "Expect",
        "[[case]]\nname = \"x\"\nclause = \"answer\"\nrequest = \"read_usage\"\nexpect.odd = 1",
        "`expect`",
    ),
    ("target-files.md", "The file", "odd = 1", "gonogo.toml"),
    (
        "target-files.md",
        "Targets",
        "[target.x]\nodd = 1",
        "a target",
    ),
    (
        "target-files.md",
        "Credentials",
        "[target.x]\ncredentials.y.odd = 1",
        "a credential",
    ),
    (
        "target-files.md",
        "Secrets",
        "[target.x]\ncredentials.y.bearer.odd = 1",
        "a secret",
    ),
    (
        "target-files.md",
        "Limits",
        "[target.x]\nlimits.odd = 1",
        "`limits`",
    ),
    ("contract-files.md", "The file", "odd = 1", "a contract"),
    (
        "contract-files.md",
        "Envelope",
        "[envelope]\nodd = 1",
        "an envelope",
    ),
    (
        "contract-files.md",
        "Rows",
        "[[status]]\nodd = 1",
        "a status row",
    ),
    (
        "contract-files.md",
        "Other statuses",
        "[[other]]\nodd = 1",
        "a rule for other statuses",
    ),
    ("contract-files.md", "Leaks", "[[leak]]\nodd = 1", "a leak"),
    (
        "contract-files.md",
        "Exclusions",
        "[[exclude]]\nodd = 1",
        "an exclusion",
    ),
    (
        "target-files.md",
        "Waivers",
        "[target.x]\nwaiver = [{ odd = 1 }]",
        "a waiver",
    ),
    (
        "case-files.md",
        "Race",
        "[[case]]\nname = \"x\"\nrace.odd = 1",
        "`race`",
    ),
    (
        "contract-files.md",
        "Headers",
        "[[header]]\nodd = 1",
        "a header rule",
    ),
];

#[test]
fn what_the_pages_show_loads() {
    let mut faults = Vec::new();
    for page in [
        "README.md",
        "docs/authoring.md",
        "docs/case-files.md",
        "docs/target-files.md",
        "docs/contract-files.md",
    ] {
        let blocks = blocks(&read(page));
        let folder = tempfile::tempdir().unwrap();
        for block in &blocks {
            if let Some(name) = &block.name {
                let file = folder.path().join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, &block.text).unwrap();
            }
        }
        let shown = blocks.iter().filter(|block| block.language == "toml");
        let mut number = 0;
        for block in shown {
            number += 1;
            if let Err(fault) = load(block, folder.path()) {
                faults.push(format!("{page}:{}: {fault}", block.line));
            }
        }
        assert!(number > 1, "{page} shows hardly anything");
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn keys_are_those_that_the_loader_knows() {
    let mut faults = Vec::new();
    for (page, heading, text, what) in SECTIONS {
        let documented: BTreeSet<String> = heading
            .split('+')
            .flat_map(|heading| keys_under(&read(&format!("docs/{page}")), heading))
            .collect();
        let known = known_keys(page, text, what);
        if documented != known {
            faults.push(format!(
                "docs/{page}, {heading}: not documented: {:?}; not known: {:?}",
                known.difference(&documented).collect::<Vec<_>>(),
                documented.difference(&known).collect::<Vec<_>>(),
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn clauses_and_checks_are_documented() {
    let page = read("docs/contract-files.md");
    let clause = "name = \"x\"\nstatus = []\n[envelope]\n[[clause]]\nodd = 1";
    assert_eq!(
        keys_under(&page, "Clauses"),
        known_keys("contract-files.md", clause, "a clause")
    );
    let checks: BTreeSet<String> = Check::NAMES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(keys_under(&page, "Checks"), checks);
}

#[test]
fn relative_links_lead_somewhere() {
    let mut faults = Vec::new();
    let mut number = 0;
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            number += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = match file {
                "" => Path::new(ROOT).join(&page),
                file => Path::new(ROOT).join(&page).parent().unwrap().join(file),
            };
            if !path.exists() {
                faults.push(format!("{page}: {link} leads nowhere"));
            } else if !anchor.is_empty()
                && !anchors(&fs::read_to_string(&path).unwrap()).contains(anchor)
            {
                faults.push(format!("{page}: {link} names no heading"));
            }
        }
    }
    assert!(number > 10, "hardly any links were found: {number}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn exit_statuses_are_the_programs() {
    let all = [
        Exit::Conforming,
        Exit::Usage,
        Exit::Inconclusive,
        Exit::NothingRan,
        Exit::Violating,
        Exit::Interrupted,
    ];
    // A new one does not compile here until it is in the list above.
    for exit in all {
        match exit {
            Exit::Conforming
            | Exit::Usage
            | Exit::Inconclusive
            | Exit::NothingRan
            | Exit::Violating
            | Exit::Interrupted => {}
        }
    }
    let expected: BTreeSet<String> = all.iter().map(|exit| exit.code().to_string()).collect();
    for page in ["README.md", "docs/design.md"] {
        let text = read(page);
        let rows: BTreeSet<String> = text
            .lines()
            .skip_while(|line| !line.starts_with("| exit status |"))
            .skip(2)
            .map_while(cell)
            .collect();
        assert_eq!(rows, expected, "{page}");
    }
}

#[test]
fn flags_are_those_of_the_help() {
    let help = String::from_utf8(gonogo(&["run", "-h"], Path::new(ROOT)).stdout).unwrap();
    let known: BTreeSet<String> = flags(&help.replace("NAME|URL", ""));
    let text = read("README.md");
    let section = text.split("\n## Flags\n").nth(1).unwrap();
    // What stands before the other commands, which have flags of their own.
    let section = section.split("\n`gonogo run` ").next().unwrap();
    let mut documented = flags(section);
    assert!(
        documented.remove("--version"),
        "--version is of gonogo, not of gonogo run"
    );
    assert_eq!(documented, known);
}

#[test]
fn the_modules_are_those_of_the_layers_test() {
    let table: BTreeMap<String, BTreeSet<String>> = quoted_table(&read("tests/suite/layers.rs"));
    let text = read("docs/design.md");
    let section = text.split("\n## Modules\n").nth(1).unwrap();
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with("| module |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let documented: BTreeMap<String, BTreeSet<String>> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let imports = match cells[2].trim_end_matches(" |") {
                "any" => BTreeSet::from(["*".to_owned()]),
                cell => code(cell).into_iter().collect(),
            };
            (code(cells[0]).remove(0), imports)
        })
        .collect();
    assert_eq!(documented, table);
}

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    language: String,
    /// Its file, where the paragraph before it ends in a name and a colon.
    name: Option<String>,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                before = line;
            }
            continue;
        };
        let text: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        let name = before
            .strip_suffix("`:")
            .and_then(|before| before.rsplit('`').next())
            .map(str::to_owned);
        blocks.push(Block {
            language: language.to_owned(),
            name,
            line: number + 1,
            text,
        });
        before = "";
    }
    blocks
}

/// Checks a block as what it is: a configuration, a contract, or a file of the suite.
fn load(block: &Block, folder: &Path) -> Result<(), String> {
    let has = |start: &str| block.text.lines().any(|line| line.starts_with(start));
    let file = folder.join(block.name.clone().unwrap_or("block.toml".to_owned()));
    let shown = file.to_str().unwrap();
    fs::write(&file, &block.text).unwrap();
    let mut arguments = vec!["lint"];
    let config = folder.join("config-of-the-test.toml");
    let own = folder.join("gonogo.toml");
    if has("[envelope]") {
        let contract = file
            .strip_prefix(folder)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        fs::write(&config, format!("contract = \"{contract}\"\ncases = []\n")).unwrap();
        arguments.extend(["--config", config.to_str().unwrap()]);
    } else if has("[target.") || has("contract = ") {
        // The page's own contract and cases, or those of this repository where it shows none.
        for name in ["schemas", "cases"] {
            if block.text.contains(&format!("\"{name}")) && !folder.join(name).exists() {
                copy(&Path::new(ROOT).join(name), &folder.join(name));
            }
        }
        arguments.extend(["--config", shown]);
    } else if has("[[case]]") || has("[request.") || has("[probe.") {
        if block.name.is_some() && own.exists() && block.text.contains("[request.") {
            arguments.extend(["--config", own.to_str().unwrap()]);
        } else {
            fs::write(&config, "").unwrap();
            arguments.extend(["--config", config.to_str().unwrap()]);
        }
        arguments.extend(["--cases", shown]);
    } else {
        return Err("this is no whole file of any kind".to_owned());
    }
    let output = gonogo(&arguments, folder);
    match output.status.code() {
        Some(0) => Ok(()),
        _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// The keys that the message about an unknown one lists.
fn known_keys(page: &str, text: &str, what: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("file.toml", text);
    let (config, arguments) = match page {
        "target-files.md" => (text, vec!["lint"]),
        "contract-files.md" => ("contract = \"file.toml\"", vec!["lint"]),
        _ => ("", vec!["lint", "--cases", "file.toml"]),
    };
    write("gonogo.toml", config);
    let output = gonogo(&arguments, folder.path());
    assert_eq!(output.status.code(), Some(2), "{text}");
    let message = String::from_utf8(output.stderr).unwrap();
    let start = format!("{what} has the keys ");
    let list = message
        .lines()
        .find_map(|line| line.split(&start).nth(1))
        .unwrap_or_else(|| panic!("no message about {what}:\n{message}"));
    code(list).into_iter().collect()
}

/// The keys in the first column of the first table after a heading, or after the line that begins so.
fn keys_under(page: &str, heading: &str) -> BTreeSet<String> {
    let begins = |line: &&str| match line.strip_prefix('#') {
        Some(title) => title.trim_start_matches('#').trim() == heading,
        None => line.starts_with(heading) && line.ends_with(':'),
    };
    page.lines()
        .skip_while(|line| !begins(line))
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .skip_while(|line| !line.starts_with("| key |") && !line.starts_with("| check |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .flat_map(|line| code(line.split(" | ").next().unwrap()))
        .collect()
}

/// What stands between single backticks.
fn code(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The number in the first cell of a row.
fn cell(line: &str) -> Option<String> {
    let cell = line.strip_prefix("| ")?.split(' ').next()?;
    cell.parse::<u8>().ok().map(|number| number.to_string())
}

fn flags(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| letter.is_whitespace() || "`,|.)".contains(letter))
        .filter(|word| word.starts_with("--") && word.len() > 2 && !word.starts_with("---"))
        .filter(|word| {
            word[2..]
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-')
        })
        .map(str::to_owned)
        .collect()
}

/// The constant `TABLE` of the layers test: each module and what it may import.
fn quoted_table(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let start = source.find("const TABLE").unwrap();
    let table = &source[source[start..].find("= [").unwrap() + start..];
    let table = &table[..table.find("\n];").unwrap()];
    table
        .split("&[")
        .collect::<Vec<_>>()
        .windows(2)
        .map(|pair| {
            let name = pair[0].rsplit('"').nth(1).unwrap();
            let imports = pair[1].split(']').next().unwrap();
            let imports = imports.split('"').skip(1).step_by(2);
            (name.to_owned(), imports.map(str::to_owned).collect())
        })
        .collect()
}

/// All the pages, from the root of the repository.
fn pages() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = folder.join(&name);
            if entry.file_type().unwrap().is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn links(page: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in page.lines() {
        in_block ^= line.starts_with("```");
        if !in_block {
            let rest = line.split("](").skip(1);
            found.extend(
                rest.filter_map(|rest| rest.split_once(')').map(|(link, _)| link.to_owned())),
            );
        }
    }
    found
}

/// The anchors that a renderer makes of the headings.
fn anchors(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

fn read(page: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(page)).unwrap()
}

fn gonogo(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}
