"""Writes the cases of a side-by-side benchmark as a gonogo project, the way a team would lay them out.

For a harness that gives `write_ours` a list of cases (`i`, `path`, `token`, `status`, `code`) and a folder, and then runs
    gonogo --config {dir}/gonogo.toml --target bench --base-url {url}
The contract is the shipped one, all of its checks but those of headers that a neutral server does not send.
"""
import json
import re
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
PER_FILE = 100

CONFIG = """\
contract = "contract.toml"
cases = ["cases"]

[target.bench]
base_url = "http://127.0.0.1"
{settings}
[target.bench.credentials]
member = {{ bearer = {{ file = "token" }} }}
"""

# The control of all trials: one request more than there are cases. It leaves the folder of the base URL, since the server's broken
# twins (`/wrong-code/...`) have no page that accepts.
READY = """\
[request.ready]
method = "GET"
path = "/../ready"
as = "member"
"""

BURST = """\
[request.create]
method = "POST"
path = "/burst"
json = {body}

[[case]]
name = "at_once"
clause = "accepted"
request = "create"
race = {{ requests = {n}, within = 5 }}
expect.each = ["success"]
"""


def write_ours(folder: Path, cases: list) -> None:
    project(folder)
    (folder / "cases/requests.toml").write_text(READY)
    (folder / "token").write_text(next((c.token for c in cases if c.token), "unused_token"))
    (folder / "token").chmod(0o600)
    for at in range(0, len(cases), PER_FILE):
        text = "\n".join(map(case, cases[at:at + PER_FILE]))
        (folder / f"cases/jobs_{at // PER_FILE:03}.toml").write_text(text)


def write_ours_burst(folder: Path, n: int, body: str, settings: str = "") -> None:
    project(folder, settings)
    (folder / "token").write_text("unused_token")
    (folder / "cases/burst.toml").write_text(BURST.format(n=n, body=toml(json.loads(body))))


def project(folder: Path, settings: str = "") -> None:
    (folder / "cases").mkdir(parents=True)
    (folder / "gonogo.toml").write_text(CONFIG.format(settings=settings))
    contract = (SCHEMAS / "contract.toml").read_text()
    contract = re.sub(r"(?ms)^\[\[header\]\]\n.*?\n\n", "", contract)
    (folder / "contract.toml").write_text(contract)
    schema = json.loads((SCHEMAS / "error-envelope.schema.json").read_text())
    # The peers check that it is null, so we do.
    schema["properties"]["error"]["properties"]["retry_after"] = {"type": "null"}
    (folder / "error-envelope.schema.json").write_text(json.dumps(schema))


def case(c) -> str:
    anonymous = "" if c.token else 'as = "none"\n'
    return (f'[[case]]\nname = "job_{c.i}"\nclause = "status-{c.status}"\nrequest = "ready"\n{anonymous}'
            f'send.path = "{c.path}"\nexpect = "{c.code}"\n')


def toml(table: dict) -> str:
    """A flat table of strings, in line."""
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in table.items()) + " }"
