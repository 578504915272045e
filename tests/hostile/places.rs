//! What stands where a file is expected: outside of its folder, a link, a pipe, a device.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::attacks::json_answer;
use crate::files::case;
use crate::program::gonogo;
use crate::server::serve;

/// What stands outside of the folder.
const OUTSIDE: &str = "outside-of-the-folder";

/// Where a case names a file: in none of them a path leads out of the folder, also not behind a link.
#[test]
fn no_file_outside_of_the_folder_is_read() {
    let (address, seen) = serve(BTreeMap::new(), json_answer(200, "{}"));
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("inner");
    fs::create_dir_all(folder.join("cases")).unwrap();
    fs::write(outer.path().join("secret.txt"), OUTSIDE).unwrap();
    fs::write(outer.path().join("stray.toml"), case("")).unwrap();
    let absolute = outer.path().join("secret.txt").display().to_string();
    let mut paths = vec![
        "../../secret.txt",
        "../secret.txt",
        "./../../secret.txt",
        &absolute,
    ];
    if cfg!(unix) {
        paths.extend(["link.txt", "linked/secret.txt", "/etc/passwd", "/dev/zero"]);
        link(
            &outer.path().join("secret.txt"),
            &folder.join("cases/link.txt"),
        );
        link(outer.path(), &folder.join("cases/linked"));
    }
    let url = format!("http://{address}");
    for path in paths {
        for more in [
            format!("send.file = '{path}'"),
            format!("send.multipart = [{{ name = \"a\", file = '{path}' }}]"),
            format!("expect = {{ row = \"success\", schema = '{path}' }}"),
        ] {
            let text = case(&more);
            fs::write(folder.join("cases/c.toml"), text).unwrap();
            let run = gonogo(&folder, &["--target", &url, "--cases", "cases"], &[]);
            assert_eq!(run.status, Some(2), "{more}: {}{}", run.stdout, run.stderr);
            assert!(!(run.stdout + &run.stderr).contains(OUTSIDE), "{more}");
        }
    }
    assert_eq!(seen.heads(), Vec::<String>::new());
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {}

/// What is no regular file is not read, whoever names it: a pipe waits for ever, a device never ends.
#[cfg(unix)]
#[test]
fn no_pipe_and_no_device_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    link(Path::new("/dev/zero"), &folder.path().join("zero.toml"));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("case.toml", &case("send.file = \"pipe.toml\""));
    write(
        "part.toml",
        &case("send.multipart = [{ name = \"a\", file = \"pipe.toml\" }]"),
    );
    write(
        "schema.toml",
        &case("expect = { row = \"success\", schema = \"pipe.toml\" }"),
    );
    write("plain.toml", &case(""));
    write("contract.toml", "contract = \"pipe.toml\"\n");
    let target = "[target.x]\nbase_url = \"http://127.0.0.1:9\"\n";
    for (name, more) in [
        ("secret", "credentials.member.bearer.file = \"pipe.toml\""),
        (
            "header",
            "credentials.member.headers.X-Key.file = \"/dev/zero\"",
        ),
        ("authority", "ca = \"pipe.toml\""),
        ("client", "client_certificate = \"/dev/zero\""),
    ] {
        write(&format!("{name}.config"), &format!("{target}{more}\n"));
    }
    let run = |config| vec!["--config", config, "--target", "x", "--cases", "plain.toml"];
    for arguments in [
        vec!["lint", "--cases", "pipe.toml"],
        vec!["lint", "--cases", "case.toml"],
        vec!["lint", "--cases", "part.toml"],
        vec!["lint", "--cases", "schema.toml"],
        vec!["lint", "--cases", "/dev/zero"],
        vec!["lint", "--config", "contract.toml"],
        vec!["lint", "--config", "pipe.toml"],
        vec!["lint", "--config", "zero.toml"],
        vec!["lint", "--fix", "--cases", "pipe.toml"],
        vec!["explain", "--cases", "pipe.toml", "c"],
        run("secret.config"),
        run("header.config"),
        run("authority.config"),
        run("client.config"),
        vec!["judge", "pipe.toml"],
        vec!["judge", "zero.toml"],
        vec!["judge", "."],
        vec!["merge", "pipe.toml", "zero.toml", "-o", "whole.jsonl"],
        vec!["record", "--curl", "pipe.toml"],
        vec!["record", "--har", "zero.toml"],
        vec![
            "new",
            "a",
            "--request",
            "create_generation",
            "--row",
            "bad_request",
            "--file",
            "pipe.toml",
        ],
    ] {
        let run = gonogo(folder.path(), &arguments, &[]);
        let output = run.stdout + &run.stderr;
        assert_eq!(run.status, Some(2), "{arguments:?}: {output}");
        assert!(
            output.contains("it is no regular file"),
            "{arguments:?}: {output}"
        );
    }
}

/// A configuration that cannot be read is not passed over, as if the reference server were meant.
#[cfg(unix)]
#[test]
fn a_configuration_that_is_no_file_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gonogo.toml");
    fs::create_dir(&path).unwrap();
    let run = gonogo(folder.path(), &["lint"], &[]);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(
        run.stderr.contains("it is no regular file"),
        "{}",
        run.stderr
    );
    fs::remove_dir(&path).unwrap();
    link(Path::new("nowhere"), &path);
    let run = gonogo(folder.path(), &["lint"], &[]);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(
        run.stderr.contains("cannot read gonogo.toml"),
        "{}",
        run.stderr
    );
}

/// A project is not begun through a link: what is written would be elsewhere.
#[cfg(unix)]
#[test]
fn init_writes_through_no_link() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("inner");
    fs::create_dir(&folder).unwrap();
    let elsewhere = outer.path().join("elsewhere.toml");
    link(&elsewhere, &folder.join("gonogo.toml"));
    let run = gonogo(&folder, &["init"], &[]);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("is there already"), "{}", run.stderr);
    assert!(!elsewhere.exists());
}
