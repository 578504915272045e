//! A server that answers from a script: bare sockets and a thread a connection, so that it can also answer what no HTTP
//! library would let it, or nothing at all.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path and the query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The bytes that are sent back, after which the connection is closed: none at all hang up without a word. Without bytes,
/// nothing is sent and the connection stays open until the client gives up.
#[derive(Debug, Clone)]
pub(crate) struct Reply(pub(crate) Option<Vec<u8>>);

/// Listens on a free port of the loopback address until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
}

impl Request {
    /// The first value of a header field; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str())
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            Some(line.trim_end().to_owned())
        };
        let first = line()?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let line = line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut request = Self {
            method,
            path,
            headers,
            body: String::new(),
        };
        let length = request
            .header("content-length")
            .map_or(Some(0), |text| text.parse().ok());
        let mut body = vec![0; length?];
        reader.read_exact(&mut body).ok()?;
        request.body = String::from_utf8_lossy(&body).into_owned();
        Some(request)
    }
}

impl Reply {
    /// A response with a body of JSON; `headers` are sent beside the usual ones, and instead of those of the same name.
    pub(crate) fn json(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut text = format!(
            "HTTP/1.1 {status} Any\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        let usual = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
        ];
        let replaced = |name: &str| headers.iter().any(|(one, _)| *one == name);
        for (name, value) in usual
            .iter()
            .filter(|(name, _)| !replaced(name))
            .chain(headers)
        {
            text += &[name, ": ", value, "\r\n"].concat();
        }
        Self(Some((text + "\r\n" + body).into_bytes()))
    }
}

impl Server {
    /// Answers each request with what `script` makes of it.
    pub(crate) fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            over: Arc::default(),
        };
        let (seen, over) = (Arc::clone(&server.seen), Arc::clone(&server.over));
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                thread::spawn(move || {
                    if let Some(request) = Request::read(&stream) {
                        let reply = script(&request);
                        seen.lock().unwrap().push(request);
                        send(stream, &reply);
                    }
                });
            }
        });
        server
    }

    /// Its address, without a slash at the end.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, each as `POST /things`.
    pub(crate) fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .map(|one| format!("{} {}", one.method, one.path))
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

/// A client that has gone is no fault of the script's.
fn send(mut stream: TcpStream, reply: &Reply) {
    if let Some(bytes) = &reply.0 {
        let _ = stream.write_all(bytes);
    } else {
        let _ = stream.read(&mut [0]);
    }
}
