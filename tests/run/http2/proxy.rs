//! A proxy that opens tunnels (RFC 9110, 9.3.6) and counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Its address, and how many tunnels it has opened so far.
pub(crate) fn start() -> (String, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let opened = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&opened);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let count = Arc::clone(&count);
                tokio::spawn(async move { tunnel(stream, &count).await });
            }
        });
    });
    (url, opened)
}

async fn tunnel(mut client: TcpStream, count: &AtomicUsize) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let address = head.strip_prefix("CONNECT ")?.split(' ').next()?;
    let mut server = TcpStream::connect(address).await.ok()?;
    count.fetch_add(1, Ordering::SeqCst);
    let opened = client.write_all(b"HTTP/1.1 200 -\r\n\r\n");
    opened.await.ok()?;
    copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}
