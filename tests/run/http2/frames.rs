//! Frames of HTTP/2 as they are on the wire (RFC 9113, 4.1), for what no library would let a server see or do.

use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;

/// Of DATA and HEADERS: the last frame of the stream. Of SETTINGS and PING: an acknowledgement.
pub(crate) const END: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// What a client begins with.
const PREFACE: usize = 24;
/// No client of a test says nothing for longer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header field as HPACK writes it down without a table (RFC 7541, 6.2.2).
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    let mut bytes = vec![0, length(name)];
    bytes.extend(name.as_bytes());
    bytes.push(length(value));
    bytes.extend(value.as_bytes());
    bytes
}

/// A whole JSON answer.
pub(crate) fn answer(stream: u32, status: u16, body: &str) -> Vec<u8> {
    let head = [
        field(":status", &status.to_string()),
        field("content-type", "application/json"),
    ];
    let mut bytes = frame(HEADERS, END_HEADERS, stream, &head.concat());
    bytes.extend(frame(DATA, END, stream, body.as_bytes()));
    bytes
}

/// A setting (RFC 9113, 6.5.1).
pub(crate) fn setting(name: u16, value: u32) -> Vec<u8> {
    let mut payload = name.to_be_bytes().to_vec();
    payload.extend(value.to_be_bytes());
    frame(SETTINGS, 0, 0, &payload)
}

/// A frame that has come.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    flags: u8,
    id: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Reads one.
    fn read(from: &mut impl Read) -> Result<Self> {
        let mut head = [0; 9];
        from.read_exact(&mut head)?;
        let [a, b, c, kind, flags, id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        from.read_exact(&mut payload)?;
        let id = u32::from_be_bytes(id);
        Ok(Self {
            kind,
            flags,
            id,
            payload,
        })
    }

    /// Whether it is the last of its stream.
    pub(crate) fn ends_stream(&self) -> bool {
        [HEADERS, DATA].contains(&self.kind) && self.flags & END != 0
    }

    fn event(&self) -> Option<Event> {
        match self.kind {
            PING if self.flags & END == 0 => self.payload[..].try_into().ok().map(Event::Ping),
            HEADERS => Some(Event::Head(self.id)),
            _ => None,
        }
    }
}

/// The frames of each read of a server without TLS that conforms; each read is of what was there.
pub(crate) fn listen() -> (SocketAddr, Arc<Mutex<Vec<Vec<Frame>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reads = Arc::<Mutex<Vec<Vec<Frame>>>>::default();
    let kept = Arc::clone(&reads);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            thread::spawn(move || drop(listened(stream, &kept)));
        }
    });
    (address, reads)
}

fn listened(mut stream: TcpStream, kept: &Mutex<Vec<Vec<Frame>>>) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.read_exact(&mut [0; PREFACE])?;
    conform(Event::Opened, &mut stream)?;
    let mut bytes = vec![0; 1 << 20];
    loop {
        let length = stream.read(&mut bytes)?;
        if length == 0 {
            return Ok(());
        }
        let mut rest = &bytes[..length];
        let mut frames = Vec::new();
        while !rest.is_empty() {
            frames.push(Frame::read(&mut rest)?);
        }
        kept.lock().unwrap().push(frames.clone());
        for frame in frames {
            if let Some(event) = frame.event() {
                conform(event, &mut stream)?;
            }
            if frame.ends_stream() {
                conform(Event::Whole(frame.id), &mut stream)?;
            }
        }
    }
}

/// What happens on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It was opened, and the server's settings are due.
    Opened,
    /// The head of a request has come; its stream.
    Head(u32),
    /// The whole of it has come.
    Whole(u32),
    /// A PING has come, and its answer is due.
    Ping([u8; 8]),
}

/// What is sent for an event, and whether the connection is to be kept.
pub(crate) type Play = dyn Fn(Event, &mut TcpStream) -> Result<bool> + Send + Sync;

/// The first byte of a head whose method is GET (RFC 7541, appendix A).
const GET: u8 = 0x82;

/// A server without TLS whose first request and each GET are answered with a 200, and that does what `play` says of all others.
pub(crate) fn serve(
    play: impl Fn(Event, &mut TcpStream) -> Result<bool> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let shared: Arc<(Box<Play>, AtomicBool)> = Arc::new((Box::new(play), AtomicBool::new(false)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            // A client that hangs up is what many plays are about.
            thread::spawn(move || drop(connection(stream, &*shared.0, &shared.1)));
        }
    });
    address
}

/// Conforms: what a play does not care for.
pub(crate) fn conform(event: Event, stream: &mut TcpStream) -> Result<bool> {
    match event {
        Event::Opened => stream.write_all(&frame(SETTINGS, 0, 0, &[]))?,
        Event::Ping(payload) => stream.write_all(&frame(PING, END, 0, &payload))?,
        Event::Head(_) => {}
        Event::Whole(id) => stream.write_all(&answer(id, 200, "{}"))?,
    }
    Ok(true)
}

fn connection(mut stream: TcpStream, play: &Play, begun: &AtomicBool) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.read_exact(&mut [0; PREFACE])?;
    let happens = |event: Event, stream: &mut TcpStream| {
        if begun.load(Ordering::SeqCst) {
            return play(event, stream);
        }
        if matches!(event, Event::Whole(_)) {
            begun.store(true, Ordering::SeqCst);
        }
        conform(event, stream)
    };
    let mut keep = happens(Event::Opened, &mut stream)?;
    let mut read = None;
    while keep {
        let frame = Frame::read(&mut stream)?;
        if frame.kind == SETTINGS && frame.flags & END == 0 {
            stream.write_all(&self::frame(SETTINGS, END, 0, &[]))?;
        }
        if frame.kind == HEADERS && frame.payload.first() == Some(&GET) {
            read = Some(frame.id);
        }
        let mut events = Vec::from_iter(frame.event());
        if frame.ends_stream() {
            events.push(Event::Whole(frame.id));
        }
        for event in events {
            let conforms = read == Some(frame.id);
            keep = keep
                && if conforms && begun.load(Ordering::SeqCst) {
                    conform(event, &mut stream)?
                } else {
                    happens(event, &mut stream)?
                };
        }
    }
    Ok(())
}
