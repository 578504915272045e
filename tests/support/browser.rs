//! A headless Chromium, driven over its debugging pipe: messages of JSON, each ended by a zero byte.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// What the program is called.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// It talks over file descriptors 3 and 4. Nothing in it looks for anything on the network.
const START: &str = "exec \"$0\" --headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --remote-debugging-pipe \
    --user-data-dir=\"$1\" 3<&0 4>&1 1>&2 2>/dev/null";
/// Longer than a browser takes to answer on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser with one page.
pub(crate) struct Browser {
    process: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    id: u64,
    session: Option<String>,
    /// What happened since the last page was opened.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts one; none where none is installed.
    pub(crate) fn start() -> Option<Self> {
        let installed = |name: &&&str| {
            let told = Command::new(name).arg("--version").output();
            told.is_ok_and(|told| told.status.success())
        };
        let name = NAMES.iter().find(installed)?;
        let profile = TempDir::new().unwrap();
        let mut process = Command::new("sh")
            .args(["-c", START, name])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let (heard, from) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while out.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                if heard
                    .send(serde_json::from_slice(&message).unwrap())
                    .is_err()
                {
                    return;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            process,
            to,
            from,
            id: 0,
            session: None,
            events: Vec::new(),
            _profile: profile,
        };
        let page = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let session = browser.call(
            "Target.attachToTarget",
            &json!({ "targetId": page["targetId"], "flatten": true }),
        );
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Gives a command, and waits for what comes of it.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.id += 1;
        let mut message = json!({ "id": self.id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").unwrap();
        self.to.flush().unwrap();
        loop {
            let heard = self.from.recv_timeout(PATIENCE).unwrap();
            if heard["id"] == self.id {
                assert_eq!(heard["error"], Value::Null, "{method}");
                return heard["result"].clone();
            }
            self.events.push(heard);
        }
    }

    /// Opens a page anew, and waits until it is loaded.
    pub(crate) fn open(&mut self, url: &str) {
        self.load("about:blank");
        self.load(url);
    }

    fn load(&mut self, url: &str) {
        self.events.clear();
        self.call("Page.navigate", &json!({ "url": url }));
        let loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        while !self.events.iter().any(loaded) {
            let heard = self.from.recv_timeout(PATIENCE).unwrap();
            self.events.push(heard);
        }
    }

    /// The value of an expression in the page; of one that throws, what it throws.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let came = self.call("Runtime.evaluate", &params);
        match &came["exceptionDetails"]["exception"]["description"] {
            Value::Null => came["result"]["value"].clone(),
            thrown => thrown.clone(),
        }
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let params = json!({ "type": kind, "key": key, "code": key, "text": text });
            self.call("Input.dispatchKeyEvent", &params);
        }
    }

    /// What the page, or the browser about it, has written to the console, and what was thrown.
    pub(crate) fn complaints(&mut self) -> Vec<Value> {
        // What is under way is told before the next answer.
        self.value("1");
        let complaints = self.events.iter().filter(|event| {
            let method = event["method"].as_str().unwrap_or_default();
            [
                "Runtime.exceptionThrown",
                "Runtime.consoleAPICalled",
                "Log.entryAdded",
            ]
            .contains(&method)
        });
        complaints.cloned().collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The shell has become the browser, and its helpers end with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
