//! A server on a raw socket that plays a script for each path: what no HTTP library would let a server do.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// No script waits longer: the client hangs up first, or the test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// One act of a script.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Writes bytes.
    Send(Vec<u8>),
    /// Writes the bytes over and over until the client hangs up.
    Repeat(Vec<u8>),
    /// Writes a byte each 50 ms until the client hangs up, over and over.
    Drip(Vec<u8>),
    /// Waits for so many milliseconds.
    Pause(u64),
    /// Says nothing until the client hangs up.
    Hush,
    /// Closes the connection.
    Close,
    /// Closes it while bytes of the client are unread, which resets it.
    Reset,
    /// Reads the request's body; without it, it stays unread.
    ReadBody,
    /// The same, and closes the connection where so many milliseconds pass without a byte of it.
    ReadBodyWithin(u64),
}

/// What is played for a path: the request of that number gets the script of that number, and all later ones the last.
pub(crate) type Scripts = Vec<Vec<Act>>;

/// What was asked for: the head of each request.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Serves scripts by path until the test ends; a path without one gets `otherwise`.
pub(crate) fn serve(scripts: BTreeMap<String, Scripts>, otherwise: Vec<Act>) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let shared = Arc::new((scripts, otherwise, seen.clone()));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (scripts, otherwise, seen) = &*shared;
                // A client that hangs up in the middle is what most scripts are about.
                let _ = connection(stream, scripts, otherwise, seen);
            });
        }
    });
    (address, seen)
}

fn connection(
    mut stream: TcpStream,
    scripts: &BTreeMap<String, Scripts>,
    otherwise: &Vec<Act>,
    seen: &Seen,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    loop {
        let Some(head) = head(&mut stream)? else {
            return Ok(());
        };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let number = {
            let mut heads = seen.0.lock().unwrap();
            let asked = format!(" {path} ");
            let number = heads.iter().filter(|head| head.contains(&asked)).count();
            heads.push(head.clone());
            number
        };
        let script = scripts
            .get(&path)
            .map_or(otherwise, |of| &of[number.min(of.len() - 1)]);
        for act in script {
            if !play(act, &head, &mut stream)? {
                return Ok(());
            }
        }
    }
}

/// Plays an act; false where it was the last of the connection.
fn play(act: &Act, head: &str, stream: &mut TcpStream) -> std::io::Result<bool> {
    match act {
        Act::Send(bytes) => stream.write_all(bytes)?,
        Act::Repeat(bytes) => {
            let many = bytes.repeat(1 + 65_536 / bytes.len());
            loop {
                stream.write_all(&many)?;
            }
        }
        Act::Drip(bytes) => loop {
            for byte in bytes {
                stream.write_all(&[*byte])?;
                thread::sleep(Duration::from_millis(50));
            }
        },
        Act::Pause(milliseconds) => thread::sleep(Duration::from_millis(*milliseconds)),
        Act::Hush => {
            let mut rest = [0; 4096];
            while stream.read(&mut rest)? > 0 {}
            return Ok(false);
        }
        Act::Close => return Ok(false),
        // Bytes that nobody has read make the system answer with a reset.
        Act::Reset => {
            thread::sleep(Duration::from_millis(50));
            return Ok(false);
        }
        Act::ReadBodyWithin(milliseconds) => {
            stream.set_read_timeout(Some(Duration::from_millis(*milliseconds)))?;
            play(&Act::ReadBody, head, stream)?;
            stream.set_read_timeout(Some(PATIENCE))?;
        }
        Act::ReadBody => {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().ok())?
            });
            stream.read_exact(&mut vec![0; length.unwrap_or(0)])?;
        }
    }
    Ok(true)
}

/// The head of the next request; none where there is no further one.
fn head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => head.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
