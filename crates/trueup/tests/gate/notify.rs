//! Who is told, and how a receiver knows who told it.

use crate::support::Repository;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

/// Takes requests and answers each with the next status; gives what it got.
fn listener(statuses: Vec<u16>) -> (String, mpsc::Receiver<(Vec<String>, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/services/T0/secret-path", listener.local_addr().unwrap());
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_owned());
            }
            let length = header(&head, "content-length").unwrap().parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            send.send((head, String::from_utf8(body).unwrap())).unwrap();
        }
    });
    (url, receive)
}

fn header(head: &[String], name: &str) -> Option<String> {
    head.iter().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn repository() -> Repository {
    Repository::new(&[
        ("schema.sql", "CREATE TABLE public.a (b int, c text);\n"),
        ("live.sql", "CREATE TABLE public.a (b int);\n"),
        (
            "trueup.toml",
            "desired = \"schema.sql\"\n[webhook]\nurl-env = \"HOOK\"\nsecret-env = \"HOOK_SECRET\"\n",
        ),
    ])
}

#[test]
fn a_red_gate_is_told_with_a_signature() {
    let repository = repository();
    let (url, told) = listener(vec![503, 200]);
    let environment = [("HOOK", url.as_str()), ("HOOK_SECRET", "s3cret")];
    let ran = repository.run_with(&["gate", "--live", "live.sql"], &environment);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    // The first try is refused for now, the second is taken.
    let _ = told.recv().unwrap();
    let (head, body) = told.recv().unwrap();
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(document["text"].as_str().unwrap().contains("red"), "{body}");
    let timestamp = header(&head, "x-trueup-timestamp").unwrap();
    let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(b"s3cret").unwrap();
    hmac::Mac::update(&mut mac, format!("{timestamp}.{body}").as_bytes());
    let digest = hmac::Mac::finalize(mac).into_bytes();
    let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header(&head, "x-trueup-signature"), Some(format!("sha256={expected}")));
    for secret in ["s3cret", "secret-path"] {
        assert!(!format!("{ran:?}{body}").contains(secret), "{ran:?}{body}");
    }
}

#[test]
fn a_green_gate_is_told_only_when_that_is_wanted_and_is_not_green_when_it_could_not_be_told() {
    let repository = repository();
    // Nobody listens there.
    let environment = [("HOOK", "http://127.0.0.1:1/secret-path")];
    let quiet = repository.run_with(&["gate", "--live", "schema.sql"], &environment);
    assert_eq!(quiet.code, 0, "{}{}", quiet.out, quiet.err);
    let untold =
        repository.run_with(&["gate", "--live", "schema.sql", "--webhook-when", "always"], &environment);
    assert_eq!(untold.code, 2, "{}{}", untold.out, untold.err);
    assert!(untold.err.contains("error[X106]: the webhook was not told"), "{}", untold.err);
    assert!(!untold.err.contains("secret-path"), "{}", untold.err);
    let unset = repository.run(&["gate", "--live", "live.sql"]);
    assert_eq!(unset.code, 1);
    assert!(unset.err.contains("nobody is told: $HOOK is not set"), "{}", unset.err);
    let red = repository.run_with(&["gate", "--live", "live.sql"], &environment);
    assert_eq!(red.code, 1, "red stays red: {}{}", red.out, red.err);
    let wrong = repository.run_with(&["gate", "--live", "live.sql"], &[("HOOK", "secret-word")]);
    assert!(
        wrong.err.contains("its URL begins with neither") && !wrong.err.contains("secret-word"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_run_that_could_not_be_done_is_told_too() {
    let repository = repository();
    let (url, told) = listener(vec![200]);
    let ran = repository
        .run_with(&["gate", "--live", "postgres://u:hidden@127.0.0.1:1/d"], &[("HOOK", url.as_str())]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    let (_, body) = told.recv().unwrap();
    assert!(body.contains("X101") && !body.contains("hidden"), "{body}");
}
