//! `gonogo lint --fix` on case files of 0.1: what it writes, and what it leaves alone.

use crate::support;

use std::fs;

use gonogo::suite::migrated;
use support::Folder;

/// Files of 0.1, and the same in the form of 0.2. Each `# c` with a number is a comment that must not be lost.
const REWRITTEN: &[(&str, &str)] = &[
    // The kinds of `success`; literals and matchers stay.
    (
        r#"[request.a] # c1
success = { "/id" = "string", "/raw" = 'any', "/ok" = true, "/state" = "ready", "/n" = { is = "number" } } # c2
[request.b]
success."/id" = "string" # c3
[request.c.success] # c4
# c5
"/id"="number"
"#,
        r#"[request.a] # c1
success = { "/id" = { is = "string" }, "/raw" = { is = 'any' }, "/ok" = true, "/state" = "ready", "/n" = { is = "number" } } # c2
[request.b]
success."/id" = { is = "string" } # c3
[request.c.success] # c4
# c5
"/id"={ is = "number" }
"#,
    ),
    // Literals that would be read as something else.
    (
        r#"[[case]]
expect = { row = "success", equal = { "/id" = "{{ id }}", "/k" = "array", "/n" = "null", "/o" = { a = 1 }, "/l" = ["a"], "/z" = {} } }
[[case]]
expect = { row = "success", members = { "/id" = "string" } }
[[case]]
expect = { row = "success", differ = { "/id" = 1 } }
"#,
        r#"[[case]]
expect = { row = "success", body = { "/id" = "{{ id }}", "/k" = { equal = "array" }, "/n" = { equal = "null" }, "/o" = { equal = { a = 1 } }, "/l" = ["a"], "/z" = { equal = {} } } }
[[case]]
expect = { row = "success", body = { "/id" = { is = "string" } } }
[[case]]
expect = { row = "success", body = { "/id" = { not_equal = 1, optional = true } } }
"#,
    ),
    // Several assertions, also of the same place.
    (
        r#"[[case]]
expect = { row = "success", members = { "/a" = "string", "/b" = "any" }, equal = { "/c" = 1, "/b" = "x" }, differ = { "/a" = "y", "/d" = "z" } }
[[case]]
expect = {row="success",equal={"/c"=1},members={"/a"="string"},like="x"}
[[case]]
expect = { row = "success", body = { "/a" = 1 }, equal = { "/b" = 2 } }
[[case]]
expect = [{ row = "success", equal = { "/a" = 1 } }, "refused"]
"#,
        r#"[[case]]
expect = { row = "success", body = { "/a" = { is = "string", not_equal = "y" }, "/b" = { is = "any", equal = "x" }, "/c" = 1, "/d" = { not_equal = "z", optional = true } } }
[[case]]
expect = {row="success",body={"/c"=1,"/a"={ is = "string" }},like="x"}
[[case]]
expect = { row = "success", body = { "/a" = 1, "/b" = 2 } }
[[case]]
expect = [{ row = "success", body = { "/a" = 1 } }, "refused"]
"#,
    ),
    // Dotted keys.
    (
        r#"[[case]]
name = "x" # c1
# c2
expect.row = "success" # c3
# c4
expect.equal."/a" = 1 # c5
# c6
expect.members."/b" = "string" # c7
expect.differ."/b" = "word" # c8
expect.equal."/m".x = 1
clause = "c"
"#,
        r#"[[case]]
name = "x" # c1
# c2
expect.row = "success" # c3
# c4
# c8
expect.body."/a" = 1 # c5
expect.body."/m".equal.x = 1
# c6
expect.body."/b" = { is = "string", not_equal = "word" } # c7
clause = "c"
"#,
    ),
    // Headers.
    (
        r#"[[case]]
name = "x"

[case.expect]
row = "success"

# c1
[case.expect.equal] # c2
# c3
"/a" = 1 # c4

# c5
[case.expect.members] # c6
# c7
"/b" = "string" # c8

[[case]]
[case.expect.equal."/meta"]
a = 1 # c9
[case.expect.differ."/other"] # c10
b = 1
"#,
        r#"[[case]]
name = "x"

[case.expect]
row = "success"

# c1
# c5
# c6
[case.expect.body] # c2
# c3
"/a" = 1 # c4
# c7
"/b" = { is = "string" } # c8

[[case]]
[case.expect.body."/meta".equal]
a = 1 # c9
[case.expect.body."/other"] # c10
optional = true
[case.expect.body."/other".not_equal]
b = 1
"#,
    ),
    // Steps, in which layouts are mixed, and polls.
    (
        r#"[[case]]
[[case.step]]
request = "a"
[case.step.expect]
row = "success" # c1
# c2
equal = { "/a" = 1 } # c3
members."/b" = "string" # c4
# c5
differ."/c" = 3
[case.step.poll.until]
"/status" = ["ready", "failed"] # c6
"/kind" = "string"
"/one" = "ready"
"/t" = { a = 1 }
"/u" = { one_of = ["x"] }
"#,
        r#"[[case]]
[[case.step]]
request = "a"
[case.step.expect]
row = "success" # c1
# c2
# c3
body."/b" = { is = "string" } # c4
body."/a" = 1
# c5
body."/c" = { not_equal = 3, optional = true }
[case.step.poll.until]
"/status" = { one_of = ["ready", "failed"] } # c6
"/kind" = { equal = "string" }
"/one" = "ready"
"/t" = { equal = { a = 1 } }
"/u" = { one_of = ["x"] }
"#,
    ),
    (
        r#"case = [{ name = "x", step = [{ poll = { until = { "/s" = ["a"] } }, expect = { row = "success", differ."/a" = 1 } }] }]
"#,
        r#"case = [{ name = "x", step = [{ poll = { until = { "/s" = { one_of = ["a"] } } }, expect = { row = "success", body."/a" = { not_equal = 1, optional = true } } }] }]
"#,
    ),
    // Inline tables of several lines.
    (
        r#"[[case]]
expect = {
    row = "success", # c1
    # c2
    equal = { # c3
        "/a" = "b", # c4
    }, # c5
    # c6
    differ = { "/b" = "c" } # c7
} # c8
"#,
        r#"[[case]]
expect = {
    row = "success", # c1
    # c2
    # c5
    # c6
    # c7
    body = { # c3
        "/a" = "b", "/b" = { not_equal = "c", optional = true }, # c4
    }
} # c8
"#,
    ),
    // Assertions held for successes only.
    (
        r#"[[case]]
expect = { row = ["success", "bad_request"], equal = { "/a" = 1 }, schema = "x.json" } # c1
[[case]]
expect = { row = ["conflict", "success", 204, 400], members = { "/article/name" = "string" } }
[[case]]
expect = { row = [200, 429], schema = "x.json" }
[[case]]
expect = { each = ["success", "rate_limited"], members = { "/a" = "string" }, same = ["/a"] }
[[case]]
expect = { row = ["rate_limited", "success"], equal = { "/a" = 1 }, like = "x" }
[[case]]
expect = { row = ["rate_limited", "conflict"], equal = { "/a" = 1 } }
[[case]]
expect = { row = ["success", 201], equal = { "/a" = 1 } }
"#,
        r#"[[case]]
expect = [{ row = "success", body = { "/a" = 1 }, schema = "x.json" }, { row = "bad_request" }] # c1
[[case]]
expect = [
    { row = ["success", 204], body = { "/article/name" = { is = "string" } } },
    { row = ["conflict", 400] },
]
[[case]]
expect = [{ row = 200, schema = "x.json" }, { row = 429 }]
[[case]]
expect = { each = [{ row = "success", body = { "/a" = { is = "string" } } }, "rate_limited"], same = ["/a"] }
[[case]]
expect = { row = [{ row = "success", body = { "/a" = 1 } }, "rate_limited"], like = "x" }
[[case]]
expect = { row = ["rate_limited", "conflict"], body = { "/a" = 1 } }
[[case]]
expect = { row = ["success", 201], body = { "/a" = 1 } }
"#,
    ),
    (
        r#"[[case]]
[case.expect] # c1
row = ["success", "conflict"] # c2
# c3
[case.expect.equal] # c4
# c5
"/a" = "b" # c6
"/l" = [
  1, # c7
]
[[case]]
expect = {
    row = ["success", "conflict"], # c8
    # c9
    equal = { # c10
        "/a" = "b", # c11
    }, # c12
}
"#,
        r#"[[case]]
[case.expect] # c1
row = [
    # c3
    # c4
    # c5
    # c6
    { row = "success", body = { "/a" = "b", "/l" = [
  1, # c7
] } },
    "conflict",
] # c2
[[case]]
expect = [
    # c8
    # c9
    # c12
    { row = "success", body = { # c10
        "/a" = "b", # c11
    } },
    { row = "conflict" },
]
"#,
    ),
    // Values of `each`.
    (
        r#"[[case]]
each.v = { a = { row = "success", equal = { "/a" = 1 } }, b = "refused", c = { row = ["success", 400], members = { "/x" = "any" } } } # c1
expect = "{{ each.v }}"
[[case]]
each.v.a = { e = { "/a" = "string", "/b" = 2 } }
[case.each.v.b.e] # c2
"/c" = { x = 1 }
[[case.step]]
expect = { row = "success", equal = "{{ each.v.e }}" }
[[case.step]]
expect = { row = "success", equal = { "/v" = "{{ each.v }}" } }
[[case]]
each.k = ["string", "number"]
each.l = { a = ["x"], b = ["y", "z"] }
each.o = { a = "plain", b = "word" }
poll.until = { "/l" = "{{ each.l }}", "/k" = "{{ each.k }}", "/o" = "{{ each.o }}" }
expect = { row = "success", members = { "/k" = "{{ each.k }}" }, equal = { "/x" = "{{ each.k }}", "/o" = "{{ each.o }}" } }
"#,
        r#"[[case]]
each.v = { a = { row = "success", body = { "/a" = 1 } }, b = "refused", c = [{ row = "success", body = { "/x" = { is = "any" } } }, { row = 400 }] } # c1
expect = "{{ each.v }}"
[[case]]
each.v.a = { e = { "/a" = { equal = "string" }, "/b" = 2 } }
[case.each.v.b.e] # c2
"/c" = { equal = { x = 1 } }
[[case.step]]
expect = { row = "success", body = "{{ each.v.e }}" }
[[case.step]]
expect = { row = "success", body = { "/v" = { equal = "{{ each.v }}" } } }
[[case]]
each.k = ["string", "number"]
each.l = { a = ["x"], b = ["y", "z"] }
each.o = { a = "plain", b = "word" }
poll.until = { "/l" = { one_of = "{{ each.l }}" }, "/k" = { equal = "{{ each.k }}" }, "/o" = "{{ each.o }}" }
expect = { row = "success", body = { "/k" = { is = "{{ each.k }}" }, "/x" = { equal = "{{ each.k }}" }, "/o" = "{{ each.o }}" } }
"#,
    ),
    // Line ends and the mark of UTF-8 stay.
    (
        "\u{feff}[request.a]\r\nsuccess = { \"/a\" = \"any\" }\r\n# c1\r\ntext = \"\"\"\r\nx\"\"\"\r\n",
        "\u{feff}[request.a]\r\nsuccess = { \"/a\" = { is = \"any\" } }\r\n# c1\r\ntext = \"\"\"\r\nx\"\"\"\r\n",
    ),
];

/// What is left alone: the form of 0.2, what means the same in both, what cannot be rewritten, and what does not parse.
const KEPT: &[&str] = &[
    "",
    "# Nothing but a comment",
    "[request.a]\nsuccess = { \"/id\" = { is = \"string\" }, \"/state\" = \"ready\" }\n",
    "[[case]]\nexpect = { row = [\"success\", \"refused\"], body = { \"/a\" = 1 }, schema = \"x.json\" }\n",
    "[[case]]\nexpect = { row = [\"success\", \"refused\"], schema = \"x.json\" }\n",
    "[[case]]\nexpect = [\"success\", \"refused\"]\npoll.until = { \"/a\" = \"b\", \"/c\" = { one_of = [\"d\"], optional = true } }\n",
    "[[case]]\nexpect = { row = \"success\", members = [\"/id\"] }\n",
    "[[case]]\nexpect = { row = \"success\", members = { \"/id\" = \"string\" }\n[[case",
    "case = 1\nrequest = []\n",
];

fn comments(text: &str) -> Vec<&str> {
    let words = text.split_whitespace();
    let mut found: Vec<&str> = words
        .filter(|word| {
            let number = word.strip_prefix('c').unwrap_or_default();
            number.parse::<u32>().is_ok()
        })
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn files_of_0_1_are_rewritten_with_their_comments() {
    for (before, after) in REWRITTEN {
        assert_eq!(migrated(before).as_deref(), Some(*after), "{before}");
        assert_eq!(comments(before), comments(after), "{before}");
        assert_eq!(migrated(after), None, "{after}");
        after
            .trim_start_matches('\u{feff}')
            .parse::<toml::Table>()
            .unwrap();
    }
}

#[test]
fn other_files_are_left_alone() {
    for text in KEPT {
        assert_eq!(migrated(text), None, "{text}");
    }
}

const CONTRACT: &str = r#"
name = "Orders"
[envelope]
schema = "envelope.json"
media_type = "application/json"
code = "/code"
[[status]]
status = 400
code = "bad_request"
clause = "refused"
[[clause]]
id = "refused"
level = "must"
text = "What is wrong is refused."
source = "handbook"
[[clause]]
id = "accepted"
level = "must"
text = "What is right is accepted."
source = "handbook"
"#;

const CASES: &str = r#"# Orders, as 0.1 asks for them
[request.order]
method = "POST"
path = "/orders"
as = "member"
json = { article = "bolt", quantity = 1 }
success = { "/id" = "string" } # of the order
[[case]]
name = "ordered"
clause = "accepted"
request = "order"
expect = { row = "success", members = { "/article" = "string" }, equal = { "/quantity" = 1 } }
[[case]]
name = "ready"
clause = "accepted"
request = "order"
poll.until = { "/status" = ["ready", "failed"] }
expect.row = "success"
expect.differ."/quantity" = 2
[[case]]
name = "either"
clause = "refused"
request = "order"
send.json.quantity = 1000
expect = { row = ["success", "bad_request"], equal = { "/quantity" = 1000 } }
"#;

fn project() -> Folder {
    Folder::of(&[
        (
            "gonogo.toml",
            "contract = \"contract.toml\"\ncases = [\"cases\"]\n",
        ),
        ("contract.toml", CONTRACT),
        ("envelope.json", "{}"),
        ("cases/inner/orders.toml", CASES),
    ])
}

#[test]
fn lint_fix_rewrites_a_project_of_0_1_and_then_it_loads() {
    let folder = project();
    let before = folder.run(&["lint"]);
    assert_eq!(before.code, 2, "{}", before.stdout);
    let file = folder.path("cases/inner/orders.toml");
    assert_eq!(fs::read_to_string(&file).unwrap(), CASES);
    let fixed = folder.run(&["lint", "--fix"]);
    let after = fs::read_to_string(&file).unwrap();
    assert_eq!(Some(after), migrated(CASES));
    let rewrote = "rewrote cases/inner/orders.toml for the matchers of 0.2\n";
    let shown = fixed.stderr.replace('\\', "/");
    assert!(shown.starts_with(rewrote), "{shown}");
    assert_eq!(fixed.code, 0, "{shown}");
    let again = folder.run(&["lint", "--fix"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(!again.stderr.contains("rewrote"), "{}", again.stderr);
}

#[test]
fn files_named_by_the_arguments_are_rewritten_and_links_are_not() {
    let folder = project();
    folder.write("more.toml", CASES);
    #[cfg(unix)]
    std::os::unix::fs::symlink("more.toml", folder.path("link.toml")).unwrap();
    #[cfg(unix)]
    {
        folder.run(&["lint", "--fix", "--cases", "link.toml"]);
        assert_eq!(fs::read_to_string(folder.path("more.toml")).unwrap(), CASES);
    }
    folder.run(&["lint", "--fix", "--cases", "more.toml"]);
    let after = fs::read_to_string(folder.path("more.toml")).unwrap();
    assert_eq!(Some(after), migrated(CASES));
}
