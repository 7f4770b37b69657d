//! Connecting to real servers: sockets, passwords, TLS in every mode, several hosts, and every way to be refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{no_environment, open};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use trueup_introspect::{ConnectConfig, Environment, Error, connect};
use trueup_testkit::fake_server::{Behaviour, FakeServer};
use trueup_testkit::{Server, ServerOptions, block_on};

const PASSWORD: &str = "correct horse%'battery";

/// A server that asks for a password and offers TLS.
fn closed_server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&ServerOptions::new(17).tls().password(PASSWORD)).unwrap())
}

fn succeed(text: &str) {
    block_on(async { open(text).await.map(|connected| connected.version) })
        .unwrap()
        .unwrap_or_else(|error| panic!("{text}: {error} ({})", error.way_out()));
}

fn fail(text: &str) -> Error {
    let error = block_on(async { open(text).await.map(|_| ()) }).unwrap().expect_err(text);
    let shown = format!("{error} {error:?} {}", error.way_out());
    assert!(!shown.contains("correct horse") && !shown.contains("wrong-secret"), "{shown}");
    assert!(!error.way_out().is_empty());
    error
}

fn pairs(server: &Server, more: &str) -> String {
    let password = PASSWORD.replace('\'', "\\'");
    format!(
        "host=localhost hostaddr=127.0.0.1 port={} user=postgres dbname=postgres password='{password}' {more}",
        server.port()
    )
}

/// Whether the session is encrypted, as the server sees it.
fn encrypted(text: &str) -> bool {
    block_on(async {
        let connected = open(text).await.unwrap();
        let row = connected
            .client
            .query_typed(
                "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()",
                &[],
            )
            .await
            .unwrap();
        row[0].get::<_, bool>(0)
    })
    .unwrap()
}

#[test]
fn sslmode_means_what_libpq_means() {
    let server = closed_server();
    let ca = server.ca_file().unwrap().display();
    let other = server.other_ca_file().unwrap().display();
    for (more, tls) in [
        ("sslmode=disable".to_owned(), false),
        ("sslmode=allow".to_owned(), false),
        ("sslmode=prefer".to_owned(), true),
        ("sslmode=require".to_owned(), true),
        (format!("sslmode=require sslrootcert={ca}"), true),
        (format!("sslmode=verify-ca sslrootcert={ca}"), true),
        (format!("sslmode=verify-full sslrootcert={ca}"), true),
        (format!("sslmode=verify-full sslrootcert={ca} sslnegotiation=direct"), true),
        ("sslmode=require channel_binding=require".to_owned(), true),
        ("sslmode=require ssl_min_protocol_version=TLSv1.3".to_owned(), true),
        ("sslmode=require ssl_max_protocol_version=TLSv1.2".to_owned(), true),
        // A certificate that prefer can't check makes it go without, as libpq does.
        (format!("sslmode=prefer sslrootcert={other}"), false),
    ] {
        assert_eq!(encrypted(&pairs(server, &more)), tls, "{more}");
    }
    for more in [
        format!("sslmode=require sslrootcert={other}"),
        format!("sslmode=verify-ca sslrootcert={other}"),
        format!("sslmode=verify-full sslrootcert={other}"),
        "sslmode=disable channel_binding=require".to_owned(),
    ] {
        assert_eq!(fail(&pairs(server, &more)).code(), "X101", "{more}");
    }
}

#[test]
fn only_verify_full_looks_at_the_name() {
    let server = closed_server();
    let ca = server.ca_file().unwrap().display();
    let elsewhere = pairs(server, "").replace("host=localhost ", "host=db.example.org ");
    succeed(&format!("{elsewhere} sslmode=verify-ca sslrootcert={ca}"));
    let error = fail(&format!("{elsewhere} sslmode=verify-full sslrootcert={ca}"));
    assert!(error.to_string().contains("certificate"), "{error}");
    let nameless = pairs(server, "").replace("host=localhost ", "");
    succeed(&format!("{nameless} sslmode=require"));
    let error = fail(&format!("{nameless} sslmode=verify-full sslrootcert={ca}"));
    assert!(error.to_string().contains("host name"), "{error}");
}

#[test]
fn verifying_needs_a_root_certificate() {
    let server = closed_server();
    let home = tempfile::tempdir().unwrap();
    let text = pairs(server, "sslmode=verify-full");
    let environment = Environment::new([("HOME", home.path().to_str().unwrap())], None);
    let attempt = || {
        let config = ConnectConfig::parse(&text, &environment).unwrap();
        block_on(async { connect(&config).await.map(|_| ()) }).unwrap()
    };
    let error = attempt().unwrap_err();
    assert_eq!(error.code(), "X104");
    assert!(error.to_string().contains("root.crt") && error.way_out().contains("sslrootcert"), "{error}");
    // libpq's default place.
    let folder = home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(server.ca_file().unwrap(), folder.join("root.crt")).unwrap();
    attempt().unwrap();
    let missing = fail(&pairs(server, "sslmode=require sslrootcert=/nowhere/root.crt"));
    assert_eq!(missing.code(), "X104");
    assert!(missing.to_string().contains("/nowhere/root.crt"), "{missing}");
}

#[test]
fn a_server_that_insists_on_tls_gets_it() {
    let server = Server::start(&ServerOptions::new(15).tls_only()).unwrap();
    let text = |mode: &str| {
        format!("host=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode}", server.port())
    };
    assert!(encrypted(&text("allow")));
    assert!(encrypted(&text("prefer")));
    assert_eq!(fail(&text("disable")).code(), "X101");
}

#[test]
fn a_server_without_tls_is_refused_only_when_tls_is_required() {
    let server = Server::shared(15).unwrap();
    let text = |mode: &str| {
        format!("host=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode}", server.port())
    };
    succeed(&text("prefer"));
    succeed(&text("allow"));
    let error = fail(&text("require"));
    assert!(error.to_string().contains("TLS"), "{error}");
}

#[test]
fn passwords_are_asked_for_and_checked() {
    let server = closed_server();
    let without = format!("host=127.0.0.1 port={} user=postgres dbname=postgres", server.port());
    let missing = fail(&without);
    assert_eq!(missing.code(), "X101");
    assert!(missing.way_out().contains("PGPASSWORD"), "{}", missing.way_out());
    let wrong = fail(&format!("{without} password=wrong-secret"));
    assert!(wrong.to_string().contains("password authentication failed"), "{wrong}");
    assert!(wrong.to_string().contains("postgres at 127.0.0.1"), "{wrong}");
    succeed(&server.url("postgres"));
}

#[test]
fn a_password_file_and_a_service_open_the_door() {
    use std::os::unix::fs::PermissionsExt;
    let server = closed_server();
    let home = tempfile::tempdir().unwrap();
    let pgpass = home.path().join(".pgpass");
    std::fs::write(&pgpass, format!("*:{}:*:postgres:{PASSWORD}\n", server.port())).unwrap();
    let services = home.path().join(".pg_service.conf");
    let service = format!("[shop]\nhost=127.0.0.1\nport={}\nuser=postgres\ndbname=postgres\n", server.port());
    std::fs::write(&services, service).unwrap();
    let environment =
        Environment::new([("HOME", home.path().to_str().unwrap()), ("PGSERVICE", "shop")], None);
    let attempt = || {
        let config = ConnectConfig::parse("", &environment).unwrap();
        block_on(async { connect(&config).await.map(|connected| connected.target) }).unwrap()
    };
    std::fs::set_permissions(&pgpass, std::fs::Permissions::from_mode(0o600)).unwrap();
    let target = attempt().unwrap();
    assert_eq!((target.host.as_str(), target.port), ("127.0.0.1", server.port()));
    assert!(target.server_version.starts_with("17"), "{}", target.server_version);
    std::fs::set_permissions(&pgpass, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = attempt().unwrap_err();
    assert!(error.to_string().contains("chmod 0600"), "{error}");
}

#[test]
fn sockets_need_no_password_here() {
    let server = closed_server();
    let folder = server.socket_dir().display();
    succeed(&format!("host={folder} port={} user=postgres dbname=postgres sslmode=require", server.port()));
    let error = fail("host=/nowhere/at/all user=postgres");
    assert!(error.to_string().contains("/nowhere/at/all/.s.PGSQL.5432"), "{error}");
    let error = fail("port=1 user=postgres");
    assert!(error.to_string().contains(".s.PGSQL.1"), "{error}");
}

#[test]
fn the_next_host_is_tried_unless_a_server_said_no() {
    let server = closed_server();
    let password = PASSWORD.replace('\'', "\\'");
    let several = |hosts: &str, ports: &str, password: &str, more: &str| {
        format!("host={hosts} port={ports} user=postgres dbname=postgres password='{password}' {more}")
    };
    let port = server.port();
    let text = several("127.0.0.1,127.0.0.1", &format!("1,{port}"), &password, "");
    succeed(&text);
    succeed(&format!("{text} load_balance_hosts=random"));
    let error = fail(&several("127.0.0.1,127.0.0.1", "1,2", &password, ""));
    assert!(error.to_string().contains("127.0.0.1:1:"), "{error}");
    // Authentication failed: libpq tries no further host.
    let error = fail(&several("127.0.0.1,127.0.0.1", &format!("{port},1"), "wrong-secret", ""));
    assert!(error.to_string().contains("password authentication failed"), "{error}");
}

#[test]
fn session_attributes_choose_the_server() {
    let server = closed_server();
    for attribute in ["any", "read-write", "primary", "prefer-standby"] {
        succeed(&pairs(server, &format!("target_session_attrs={attribute}")));
    }
    for attribute in ["read-only", "standby"] {
        let error = fail(&pairs(server, &format!("target_session_attrs={attribute}")));
        assert!(error.to_string().contains("target_session_attrs"), "{error}");
    }
    succeed(&pairs(server, "target_session_attrs=read-only options='-c default_transaction_read_only=on'"));
}

#[test]
fn what_is_not_there_is_named() {
    let server = closed_server();
    let unknown = fail(&pairs(server, "").replace("dbname=postgres", "dbname=no_such_database"));
    assert!(unknown.to_string().contains("no_such_database"), "{unknown}");
    assert!(unknown.way_out().contains("name of the database"));
    let host = fail("host=no-such-host.invalid user=u dbname=d");
    assert!(host.to_string().contains("no-such-host.invalid"), "{host}");
    let port = fail("host=127.0.0.1 port=1 user=u dbname=d");
    assert!(port.to_string().contains("d at 127.0.0.1:1 as u"), "{port}");
}

#[test]
fn what_is_no_postgresql_is_told() {
    for behaviour in [Behaviour::Garbage, Behaviour::HangUp] {
        let fake = FakeServer::start(behaviour).unwrap();
        assert_eq!(fail(&fake.url()).code(), "X101");
    }
    for version in ["9.6.24", "12.22"] {
        let fake = FakeServer::start(Behaviour::Version(version.to_owned())).unwrap();
        let error = fail(&format!("{}?sslmode=disable", fake.url()));
        assert_eq!(error.code(), "X103");
        assert!(error.to_string().contains(version), "{error}");
    }
}

#[test]
fn silence_ends_with_the_timeout() {
    let fake = FakeServer::start(Behaviour::Silent).unwrap();
    let start = Instant::now();
    let error = fail(&format!("{}?connect_timeout=2", fake.url()));
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(error.to_string().contains("no answer within 2 s"), "{error}");
    let config = ConnectConfig::parse(&fake.url(), &no_environment()).unwrap();
    assert!(format!("{config:?}").contains("15s"), "nobody waits for ever");
}

/// An authority, and a client's certificate and key that it signed, as PEM files in `folder`.
fn client_certificate(folder: &std::path::Path) -> [std::path::PathBuf; 3] {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
    use std::os::unix::fs::PermissionsExt;
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate().unwrap();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let mut client = CertificateParams::new(Vec::<String>::new()).unwrap();
    client.distinguished_name.push(DnType::CommonName, "postgres");
    let key = KeyPair::generate().unwrap();
    let certificate = client.signed_by(&key, &issuer).unwrap();
    let write = |name: &str, text: &str, mode| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    [
        write("authority.crt", &authority_pem, 0o644),
        write("client.crt", &certificate.pem(), 0o644),
        write("client.key", &key.serialize_pem(), 0o600),
    ]
}

#[test]
fn a_client_certificate_is_shown_to_the_server() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let [authority, certificate, key] = client_certificate(folder.path());
    let options = ServerOptions::new(15).tls().setting("ssl_ca_file", authority.to_str().unwrap());
    let server = Server::start(&options).unwrap();
    let text = |more: &str| {
        format!("host=127.0.0.1 port={} user=postgres dbname=postgres sslmode=require {more}", server.port())
    };
    let shown = |text: &str| {
        block_on(async {
            let connected = open(text).await.unwrap();
            let query =
                "SELECT client_dn::text FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";
            connected.client.query_typed(query, &[]).await.unwrap()[0].get::<_, Option<String>>(0)
        })
        .unwrap()
    };
    let files = format!("sslcert={} sslkey={}", certificate.display(), key.display());
    assert_eq!(shown(&text("")), None);
    assert_eq!(shown(&text(&files)).as_deref(), Some("/CN=postgres"));
    assert_eq!(shown(&text(&format!("{files} sslcertmode=disable"))), None);
    let lonely = fail(&text(&format!("sslcert={} sslkey=/nowhere/client.key", certificate.display())));
    assert!(lonely.code() == "X104" && lonely.to_string().contains("/nowhere/client.key"), "{lonely}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open_to_all = fail(&text(&files));
    assert!(open_to_all.code() == "X104" && open_to_all.way_out().contains("chmod"), "{open_to_all}");
}
