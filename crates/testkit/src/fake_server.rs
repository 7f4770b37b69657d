//! Servers that are no PostgreSQL, or an old one: a thread that speaks as much of the protocol (PostgreSQL manual,
//! chapter "Frontend/Backend Protocol") as a client needs to see what it talks to.

use crate::{Error, Result};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// What the server does with a client.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Logs everybody in and says that it is of this version (`9.6.24`); answers each query with no rows, except those
    /// about its version.
    Version(String),
    /// Sends bytes that belong to another protocol.
    Garbage,
    /// Accepts the connection and closes it.
    HangUp,
    /// Accepts the connection and says nothing for a minute.
    Silent,
}

/// A listening fake. Its thread ends with the program.
#[derive(Debug)]
pub struct FakeServer {
    address: SocketAddr,
}

impl FakeServer {
    /// Starts it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(behaviour: Behaviour) -> Result<Self> {
        let explain = |error| Error::io("starting a fake server", error);
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(explain)?;
        let address = listener.local_addr().map_err(explain)?;
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(std::result::Result::ok) {
                let behaviour = behaviour.clone();
                // A client that goes away in the middle is its own business.
                std::thread::spawn(move || drop(serve(stream, &behaviour)));
            }
        });
        Ok(Self { address })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A URL that leads to it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgresql://app@127.0.0.1:{}/shop", self.port())
    }
}

fn serve(mut stream: TcpStream, behaviour: &Behaviour) -> std::io::Result<()> {
    match behaviour {
        Behaviour::Version(version) => converse(stream, version),
        Behaviour::Garbage => {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
            // Closing with unread bytes would reset the connection before the client reads ours.
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            let mut rest = [0; 1024];
            while stream.read(&mut rest)? > 0 {}
            Ok(())
        }
        Behaviour::HangUp => Ok(()),
        Behaviour::Silent => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
    }
}

fn converse(mut stream: TcpStream, version: &str) -> std::io::Result<()> {
    startup(&mut stream)?;
    message(&mut stream, b'R', &0u32.to_be_bytes())?;
    for (name, value) in [
        ("server_version", version),
        ("server_encoding", "UTF8"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        ("integer_datetimes", "on"),
    ] {
        let mut body = Vec::new();
        cstring(&mut body, name);
        cstring(&mut body, value);
        message(&mut stream, b'S', &body)?;
    }
    message(&mut stream, b'K', &[0, 0, 0, 1, 0, 0, 0, 1])?;
    message(&mut stream, b'Z', b"I")?;
    let mut rows = None;
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut body = vec![0; length.saturating_sub(4)];
        stream.read_exact(&mut body)?;
        match head[0] {
            b'Q' => {
                match answer(&body, version) {
                    Some(value) => {
                        row_description(&mut stream)?;
                        data_row(&mut stream, &value)?;
                        command_complete(&mut stream, "SELECT 1")?;
                    }
                    None => command_complete(&mut stream, "SET")?,
                }
                message(&mut stream, b'Z', b"I")?;
            }
            // Extended protocol: parse, describe, bind, execute, close, sync
            b'P' => {
                rows = answer(&body, version);
                message(&mut stream, b'1', &[])?;
            }
            b'D' => {
                if body.first() == Some(&b'S') {
                    message(&mut stream, b't', &0u16.to_be_bytes())?;
                }
                if rows.is_some() { row_description(&mut stream)? } else { message(&mut stream, b'n', &[])? }
            }
            b'B' => message(&mut stream, b'2', &[])?,
            b'E' => match &rows {
                Some(value) => {
                    data_row(&mut stream, value)?;
                    command_complete(&mut stream, "SELECT 1")?;
                }
                None => command_complete(&mut stream, "SET")?,
            },
            b'C' => message(&mut stream, b'3', &[])?,
            b'S' => message(&mut stream, b'Z', b"I")?,
            b'X' => return Ok(()),
            _ => {}
        }
    }
}

/// Reads the startup packet, declining TLS and GSS encryption, which come as packets of their own before it.
fn startup(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let code = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        // SSLRequest and GSSENCRequest
        if code == 80_877_103 || code == 80_877_104 {
            stream.write_all(b"N")?;
            continue;
        }
        let mut rest = vec![0; length.saturating_sub(8)];
        return stream.read_exact(&mut rest);
    }
}

/// The server's version as the query asks for it; `None` for any other query.
fn answer(query: &[u8], version: &str) -> Option<String> {
    let query = String::from_utf8_lossy(query).to_ascii_lowercase();
    if query.contains("server_version_num") {
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let (major, minor, patch) =
            (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let number = if major >= 10 { major * 10_000 + minor } else { major * 10_000 + minor * 100 + patch };
        return Some(number.to_string());
    }
    if query.contains("version()") {
        return Some(format!("PostgreSQL {version} on x86_64-pc-linux-gnu"));
    }
    query.contains("server_version").then(|| version.to_owned())
}

fn row_description(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut body = 1u16.to_be_bytes().to_vec();
    cstring(&mut body, "version");
    body.extend(0u32.to_be_bytes());
    body.extend(0u16.to_be_bytes());
    // The type text, of any length, in text format
    body.extend(25u32.to_be_bytes());
    body.extend((-1i16).to_be_bytes());
    body.extend((-1i32).to_be_bytes());
    body.extend(0u16.to_be_bytes());
    message(stream, b'T', &body)
}

fn data_row(stream: &mut TcpStream, value: &str) -> std::io::Result<()> {
    let mut body = 1u16.to_be_bytes().to_vec();
    body.extend(u32::try_from(value.len()).unwrap_or(0).to_be_bytes());
    body.extend(value.as_bytes());
    message(stream, b'D', &body)
}

fn command_complete(stream: &mut TcpStream, tag: &str) -> std::io::Result<()> {
    let mut body = Vec::new();
    cstring(&mut body, tag);
    message(stream, b'C', &body)
}

fn cstring(body: &mut Vec<u8>, text: &str) {
    body.extend(text.as_bytes());
    body.push(0);
}

fn message(stream: &mut TcpStream, kind: u8, body: &[u8]) -> std::io::Result<()> {
    let mut packet = vec![kind];
    packet.extend(u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes());
    packet.extend(body);
    stream.write_all(&packet)
}
