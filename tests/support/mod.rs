//! What the tests of the built program share: running it in a folder of its own, and a server that answers as it is told and
//! records what it was asked.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// A folder that is gone with the test.
pub struct Folder(TempDir);

/// What a run of the program came to.
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    /// A folder with these files, each a path and its content.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        for (path, content) in files {
            folder.write(path, content);
        }
        folder
    }

    /// A copy of `from`, folders within included.
    pub fn copy_of(from: &Path) -> Self {
        let folder = Self(TempDir::new().unwrap());
        copy(from, folder.0.path());
        folder
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Runs the program here, with nothing of this test's environment.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Output {
        self.run_with("", &[], arguments)
    }

    /// Runs the program in a folder below, with these environment variables.
    pub fn run_with<S: AsRef<std::ffi::OsStr>>(
        &self,
        below: &str,
        variables: &[(&str, &str)],
        arguments: &[S],
    ) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
            .args(arguments)
            .current_dir(self.path(below))
            .env_clear()
            // Windows has no sockets without it.
            .envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Output {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// What was printed, the paths of case files as on other systems.
fn text(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).unwrap();
    if cfg!(windows) {
        text.replace("cases\\", "cases/")
    } else {
        text
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

impl Output {
    /// The lines of the trials, sorted: they end in any order.
    pub fn trials(&self) -> String {
        let mut lines: Vec<&str> = self
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("test "))
            .filter(|line| line.contains(" ... "))
            .collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// Both streams, to be searched.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A request as it came over the wire.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    /// Path and query, or the whole address where the server is asked as a proxy.
    pub target: String,
    /// Names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What the server answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A response of this status, with these header fields and this body.
    Response(u16, Vec<(String, String)>, Vec<u8>),
    /// The request is read, and the connection stays open without an answer.
    Silence,
}

impl Asked {
    /// The values of a header field.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let fields = self.headers.iter();
        fields
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// All but what every request of every client has, the boundary of a multipart body replaced by a fixed one.
    pub fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.target);
        for (name, value) in &self.headers {
            if !["accept", "content-length", "host", "user-agent"].contains(&name.as_str()) {
                text = text + name + ": " + value + "\n";
            }
        }
        if !self.body.is_empty() {
            text = text + "\n" + &String::from_utf8_lossy(&self.body) + "\n";
        }
        if let Some((_, boundary)) = self
            .header("content-type")
            .first()
            .and_then(|value| value.split_once("boundary="))
        {
            text = text.replace(boundary, "BOUNDARY");
        }
        text.replace('\r', "")
    }
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Response(status, Vec::new(), body.into().into_bytes())
            .with("content-type", "application/json")
    }

    /// The failure of a row.
    pub fn failure(status: u16, code: &str) -> Self {
        Self::json(status, format!(r#"{{"error":{{"code":"{code}"}}}}"#))
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Response(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Respond = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A server on the loopback address. It answers one request a connection, and runs until the tests end.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server that answers as `respond` says.
    pub fn start(respond: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::with("http", respond, Some)
    }

    /// The same over TLS.
    pub fn start_tls(
        config: Arc<rustls::ServerConfig>,
        respond: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::with("https", respond, move |stream| {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = stream;
            while connection.is_handshaking() {
                connection.complete_io(&mut stream).ok()?;
            }
            Some(rustls::StreamOwned::new(connection, stream))
        })
    }

    fn with<S: Read + Write>(
        scheme: &'static str,
        respond: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
        dress: impl Fn(TcpStream) -> Option<S> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, respond, dress) = (Arc::clone(&asked), Arc::new(respond), Arc::new(dress));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, respond) = (Arc::clone(&kept), Arc::clone(&respond));
                let dress = Arc::clone(&dress);
                thread::spawn(move || {
                    let stream = stream.unwrap();
                    // Longer than any limit of a test: what ends only now was not bounded.
                    stream
                        .set_read_timeout(Some(Duration::from_secs(5)))
                        .unwrap();
                    if let Some(stream) = dress(stream) {
                        let respond: &Respond = &*respond;
                        // A client that is gone early is what some tests are about.
                        let _ = exchange(stream, respond, &kept);
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            asked,
        }
    }

    /// Its address, without a final `/`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The first lines of what it was asked so far, sorted: requests come in any order.
    pub fn asked_for(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .asked()
            .iter()
            .map(|asked| format!("{} {}", asked.method, asked.target))
            .collect();
        lines.sort();
        lines
    }
}

fn exchange<S: Read + Write>(
    stream: S,
    respond: &Respond,
    kept: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(asked) = read(&mut stream)? else {
        return Ok(()); // A connection made and not used.
    };
    let answer = respond(&asked);
    kept.lock().unwrap().push(asked);
    match answer {
        Answer::Response(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\n");
            for (name, value) in headers {
                head = head + &name + ": " + &value + "\r\n";
            }
            head = head + "content-length: " + &body.len().to_string() + "\r\n\r\n";
            let stream = stream.get_mut();
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)?;
            stream.flush()
        }
        // Until the client has had enough.
        Answer::Silence => stream.read_to_end(&mut Vec::new()).map(drop),
    }
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut asked = Asked::default();
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    asked.method = words.next().unwrap_or_default();
    asked.target = words.next().unwrap_or_default();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        asked
            .headers
            .push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = asked.header("content-length");
    let length = length.first().map_or(0, |length| length.parse().unwrap());
    asked.body = vec![0; length];
    stream.read_exact(&mut asked.body)?;
    Ok(Some(asked))
}

/// A contract of one row beside the successes, and what its envelope is, for suites in which other things matter.
pub const CONTRACT: &str = r#"
name = "A contract"
[envelope]
schema = "envelope.json"
media_type = "application/json"
code = "/error/code"
[[status]]
status = 400
code = "bad_request"
clause = "refused"
[[clause]]
id = "refused"
level = "must"
text = "What is wrong is refused."
source = "the documentation"
[[clause]]
id = "accepted"
level = "must"
text = "What is right is accepted."
source = "the documentation"
"#;

/// The envelope's schema.
pub const ENVELOPE: &str = r#"{ "required": ["error"] }"#;
