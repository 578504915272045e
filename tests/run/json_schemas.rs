//! JSON Schemas as teams have them: each draft, several files, and what is likely a mistake in one.

use crate::project;
use crate::server;

use server::{Reply, Server};

const CONTRACT: &str = r#"
name = "Things"
[envelope]
schema = "schemas/error.json"
media_type = "application/json"
code = "/code"
[[status]]
status = 400
code = "bad"
clause = "own"
[[clause]]
id = "own"
level = "must"
text = "As documented."
source = "handbook"
[[clause]]
id = "schema"
level = "must"
text = "The envelope."
source = "handbook"
check = "schema"
"#;

const CASES: &str = r#"
[request.valid]
method = "GET"
path = "/valid"
[[case]]
name = "c"
clause = "own"
request = "valid"
send.path = "/odd"
expect = "bad"
"#;

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2019: &str = "https://json-schema.org/draft/2019-09/schema";
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";

/// Runs the program on a contract with this schema and a file beside it, against a server that fails with this body.
fn run(schema: &str, beside: &str, body: &str, arguments: &[&str]) -> project::Run {
    let body = body.to_owned();
    let server = Server::start(move |request| match request.path.as_str() {
        "/odd" => Reply::json(400, &[], &body),
        _ => Reply::json(200, &[], "{}"),
    });
    let files = [
        ("contract.toml", CONTRACT),
        ("cases/c.toml", CASES),
        ("schemas/error.json", schema),
        ("schemas/common/parts.json", beside),
        ("outside.json", "{}"),
    ];
    project::run(&server, &files, "", arguments)
}

/// A schema of a draft, a body that it accepts, and one that it does not.
#[test]
fn a_schema_is_read_by_the_draft_that_it_names() {
    let rows = [
        (
            DRAFT_7,
            r#""dependencies":{"code":["message"]}"#,
            r#"{"code":"bad","message":"m"}"#,
            r#"{"code":"bad"}"#,
        ),
        (
            DRAFT_4,
            r#""properties":{"n":{"minimum":1,"exclusiveMinimum":true}}"#,
            r#"{"code":"bad","n":2}"#,
            r#"{"code":"bad","n":1}"#,
        ),
        (
            DRAFT_7,
            r#""properties":{"l":{"items":[{"type":"string"}],"additionalItems":false}}"#,
            r#"{"code":"bad","l":["a"]}"#,
            r#"{"code":"bad","l":["a","b"]}"#,
        ),
        (
            DRAFT_2019,
            r#""dependentRequired":{"code":["message"]}"#,
            r#"{"code":"bad","message":"m"}"#,
            r#"{"code":"bad"}"#,
        ),
        (
            DRAFT_2020,
            r#""properties":{"l":{"prefixItems":[{"type":"string"}],"items":false}}"#,
            r#"{"code":"bad","l":["a"]}"#,
            r#"{"code":"bad","l":["a","b"]}"#,
        ),
    ];
    for (draft, keywords, right, wrong) in rows {
        let schema = format!(r#"{{"$schema":"{draft}","type":"object",{keywords}}}"#);
        let green = run(&schema, "{}", right, &[]);
        assert_eq!(green.status, 0, "{draft}: {}", green.text);
        let red = run(&schema, "{}", wrong, &[]);
        assert_eq!(red.status, 101, "{draft}: {}", red.text);
        let lint = run(&schema, "{}", right, &["lint", "--deny-warnings"]);
        assert_eq!(lint.status, 0, "{draft}: {}", lint.text);
    }
}

#[test]
fn a_schema_refers_to_files_beside_it() {
    let parts = r#"{"$defs":{"code":{"enum":["bad"]},"all":{"$ref":"../error.json#/$defs/any"}}}"#;
    for (id, reference) in [
        ("", "common/parts.json"),
        (
            r#""$id":"https://api.example.com/error.json","#,
            "common/parts.json",
        ),
    ] {
        let schema = format!(
            r#"{{{id}"type":"object","$defs":{{"any":{{"type":"string"}}}},"properties":{{"code":{{"$ref":"{reference}#/$defs/code"}},"m":{{"$ref":"{reference}#/$defs/all"}}}}}}"#
        );
        let green = run(&schema, parts, r#"{"code":"bad","m":"m"}"#, &[]);
        assert_eq!(green.status, 0, "{id}: {}", green.text);
        let red = run(&schema, parts, r#"{"code":"bad","m":7}"#, &[]);
        assert_eq!(red.status, 101, "{id}: {}", red.text);
    }
}

/// A schema that cannot be used, and the reason.
#[test]
fn the_reason_of_a_schema_that_cannot_be_used_is_told_with_its_place() {
    let rows = [
        (
            r#"{"$schema":"https://example.com/own"}"#,
            "its `$schema` is \"https://example.com/own\", expected draft-04, draft-06",
        ),
        (
            r#"{"properties":{"a":{"type":"objct"}}}"#,
            "at /properties/a/type: the type \"objct\" is unknown",
        ),
        (
            r#"{"properties":{"a":{"pattern":"("}}}"#,
            "the pattern \"(\" does not compile",
        ),
        (
            r#"{"properties":{"a":{"pattern":"(?=a)b"}}}"#,
            "the pattern \"(?=a)b\" does not compile",
        ),
        (
            r##"{"properties":{"a":{"$ref":"#/$defs/gone"}}}"##,
            "/$defs/gone",
        ),
        (
            r#"{"properties":{"a":{"$ref":"gone.json"}}}"#,
            "schemas/gone.json is not in this folder, and nothing is fetched",
        ),
        (
            r#"{"properties":{"a":{"$ref":"https://example.com/a.json"}}}"#,
            "https://example.com/a.json is not in this folder, and nothing is fetched",
        ),
        (r#"{"required":"code"}"#, "at /required: "),
        (r#"{"minLength":-1}"#, "at /minLength: "),
        ("{", "it is not JSON: "),
    ];
    for (schema, reason) in rows {
        let lint = run(schema, "{}", "{}", &["lint"]);
        assert_eq!(lint.status, 2, "{schema}: {}", lint.text);
        let text = lint.text.replace('\n', " ");
        assert!(text.contains(reason), "{schema}: {text}");
    }
}

/// What is valid, and likely a mistake.
#[test]
fn keywords_without_effect_are_warned_of() {
    let rows = [
        (
            r#"{"type":"object","requird":["code"]}"#,
            "unknown keyword `requird` at /requird",
            "did you mean `required`?",
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"string","nullable":true}}}"#,
            "unknown keyword `nullable` at /properties/a/nullable",
            r#""type": ["string", "null"]"#,
        ),
        (
            r#"{"type":"object","dependencies":{"a":["b"]}}"#,
            "`dependencies` at /dependencies is not a keyword of draft 2020-12",
            "dependentRequired",
        ),
        (
            r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","minContains":1}"#,
            "is not a keyword of draft-07",
            "a later draft",
        ),
        (
            r##"{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/a","maxLength":3}}}"##,
            "`maxLength` at /properties/a/maxLength has no effect",
            "allOf",
        ),
        (
            r#"{"type":"object","properties":{"a":{"format":"uri"},"b":{"format":"date"}}}"#,
            "`format` at /properties/a/format is not checked",
            "name draft-07 in `$schema`",
        ),
        (
            r#"{"$schema":"https://json-schema.org/draft/2019-09/schema","properties":{"a":{"format":"uri"}}}"#,
            "this schema accepts everything",
            "in draft 2019-09 it is an annotation",
        ),
        ("{}", "this schema accepts everything", "such as `type`"),
        ("true", "this schema accepts everything", ""),
        (
            r#"{"title":"An error","typ":"object"}"#,
            "this schema accepts everything",
            "did you mean `type`?",
        ),
        (
            r#"{"properties":{"code":{"description":"the code"}}}"#,
            "this schema accepts everything",
            "",
        ),
    ];
    for (schema, message, help) in rows {
        let lint = run(schema, "{}", "{}", &["lint"]);
        assert_eq!(lint.status, 0, "{schema}: {}", lint.text);
        assert!(
            lint.text.contains("warning[schema-keyword]"),
            "{schema}: {}",
            lint.text
        );
        assert!(
            lint.text.contains(message) && lint.text.contains(help),
            "{schema}: {}",
            lint.text
        );
        let denied = run(schema, "{}", "{}", &["lint", "--deny-warnings"]);
        assert_eq!(denied.status, 2, "{schema}: {}", denied.text);
    }
    // Up to draft 7 a format is checked.
    let draft_7 = r#"{"$schema":"http://json-schema.org/draft-07/schema#","required":["a"],"properties":{"a":{"format":"date"}}}"#;
    let lint = run(draft_7, "{}", "{}", &["lint", "--deny-warnings"]);
    assert_eq!(lint.status, 0, "{}", lint.text);
    let right = r#"{"$id":"https://api.example.com/error","$comment":"c","title":"t","description":"d","type":"object","deprecated":false,
        "required":["code"],"properties":{"requird":{"type":["string","null"],"examples":["x"],"example":"x"},"l":{"uniqueItems":true}},
        "x-owner":"team","$defs":{"a":{"type":"string"}},"if":{"required":["a"]},"then":{"required":["b"]}}"#;
    let lint = run(right, "{}", "{}", &["lint", "--deny-warnings"]);
    assert_eq!(lint.status, 0, "{}", lint.text);
}
