//! TLS with the meaning that libpq gives to `sslmode` (manual 34.19), on rustls.
//!
//! Follows `initialize_SSL` of `fe-secure-openssl.c`: when a root certificate is there, the server's chain is checked in
//! every mode; only verify-full checks the name as well; without one, verify-ca and verify-full refuse to connect.

use super::verify::{Chain, Verifier};
use crate::Error;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// libpq's sslmode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Everything about TLS that was said, and the places where libpq looks when nothing was.
#[derive(Clone, Debug)]
pub(super) struct TlsSettings {
    pub mode: SslMode,
    pub direct: bool,
    pub system_roots: bool,
    pub root: Option<PathBuf>,
    pub default_root: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub default_certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub default_key: Option<PathBuf>,
    pub use_certificate: bool,
    pub revocations: Option<PathBuf>,
    pub default_revocations: Option<PathBuf>,
    pub revocations_folder: Option<PathBuf>,
    pub server_name_indication: bool,
    /// 2 for TLS 1.2, 3 for TLS 1.3.
    pub oldest: u8,
    pub newest: u8,
}

/// A connector for one host, made from files read once.
pub(super) struct Tls {
    config: ClientConfig,
    mode: SslMode,
}

impl Tls {
    /// Reads the certificate files.
    ///
    /// # Errors
    /// X104 when a file is missing, broken or readable by others.
    pub fn load(settings: &TlsSettings) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions: Vec<&rustls::SupportedProtocolVersion> =
            [(2, &rustls::version::TLS12), (3, &rustls::version::TLS13)]
                .into_iter()
                .filter(|(number, _)| (settings.oldest..=settings.newest).contains(number))
                .map(|(_, version)| version)
                .collect();
        let chain = roots(settings)?.map(|roots| chain_verifier(roots, settings, &provider)).transpose()?;
        if chain.is_none() && settings.mode >= SslMode::VerifyCa {
            let place = settings
                .default_root
                .as_ref()
                .map_or_else(|| "~/.postgresql/root.crt".to_owned(), |path| path.display().to_string());
            return Err(Error::configuration(
                format!(
                    "sslmode asks to check the server's certificate, but there is no root certificate in {place}"
                ),
                "give one with sslrootcert=FILE, or use sslrootcert=system for a certificate of a public authority",
            ));
        }
        let verifier = Arc::new(Verifier {
            chain,
            check_name: settings.mode == SslMode::VerifyFull,
            provider: Arc::clone(&provider),
        });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|error| {
                Error::configuration(
                    format!("TLS can't be set up: {error}"),
                    "check ssl_min_protocol_version",
                )
            })?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match client_certificate(settings)? {
            Some((certificates, key)) => {
                builder.with_client_auth_cert(certificates, key).map_err(|error| {
                    Error::configuration(
                        format!("the client certificate can't be used: {error}"),
                        "check that sslcert and sslkey belong together",
                    )
                })?
            }
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = settings.server_name_indication;
        // PostgreSQL 17 insists on ALPN for direct negotiation, and older ones ignore it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self { config, mode: settings.mode })
    }

    /// The connector; `None` when the mode asks for a name and there is none.
    pub fn connector(&self) -> MakeRustlsConnect {
        MakeRustlsConnect::new(self.config.clone())
    }

    /// The name to hand to TLS. Unless the mode checks names, anything that is no valid name becomes an address that
    /// is never looked at.
    pub fn server_name(&self, name: Option<&str>) -> Result<String, String> {
        let valid = name.filter(|name| ServerName::try_from(*name).is_ok());
        match (valid, self.mode) {
            (Some(name), _) => Ok(name.to_owned()),
            (None, SslMode::VerifyFull) => Err("sslmode=verify-full needs a host name to check".to_owned()),
            (None, _) => Ok("0.0.0.0".to_owned()),
        }
    }
}

/// The trusted roots; `None` when the default file does not exist.
fn roots(settings: &TlsSettings) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    if settings.system_roots {
        let loaded = rustls_native_certs::load_native_certs();
        if loaded.certs.is_empty() {
            return Err(Error::configuration(
                "sslrootcert=system, but this system has no root certificates",
                "install them (Debian: ca-certificates), or set SSL_CERT_FILE",
            ));
        }
        return Ok(Some(loaded.certs));
    }
    let path = match (&settings.root, &settings.default_root) {
        (Some(path), _) => path,
        (None, Some(path)) if path.exists() => path,
        (None, _) => return Ok(None),
    };
    certificates(path, "sslrootcert").map(Some)
}

fn certificates(path: &Path, parameter: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let broken = |why: String| {
        Error::configuration(
            format!("{parameter}: {}: {why}", path.display()),
            format!("give {parameter} a readable file of PEM certificates"),
        )
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| broken(error.to_string()))?;
    if certificates.is_empty() {
        return Err(broken("it has no certificate".to_owned()));
    }
    Ok(certificates)
}

fn chain_verifier(
    roots: Vec<CertificateDer<'static>>,
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<Chain, Error> {
    let mut store = RootCertStore::empty();
    let (usable, _) = store.add_parsable_certificates(roots.iter().cloned());
    if usable == 0 {
        return Err(Error::configuration(
            "none of the root certificates is usable: X.509 version 3 is needed",
            "make the authority again with `openssl req -x509 -extensions v3_ca`",
        ));
    }
    let mut builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
    let lists = revocation_lists(settings)?;
    if !lists.is_empty() {
        builder = builder.with_crls(lists).allow_unknown_revocation_status();
    }
    let verifier = builder.build().map_err(|error| {
        Error::configuration(
            format!("the root certificates can't be used: {error}"),
            "check sslrootcert and sslcrl",
        )
    })?;
    Ok(Chain { verifier, roots })
}

fn revocation_lists(settings: &TlsSettings) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let mut files = Vec::new();
    match (&settings.revocations, &settings.default_revocations) {
        (Some(path), _) => files.push(path.clone()),
        (None, Some(path)) if settings.revocations_folder.is_none() && path.exists() => {
            files.push(path.clone())
        }
        (None, _) => {}
    }
    if let Some(folder) = &settings.revocations_folder {
        let entries = std::fs::read_dir(folder)
            .and_then(|entries| {
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
            })
            .map_err(|error| {
                Error::configuration(
                    format!("sslcrldir: {}: {error}", folder.display()),
                    "give it a readable folder",
                )
            })?;
        files.extend(entries.into_iter().filter(|path| path.is_file()));
    }
    let mut lists = Vec::new();
    for path in files {
        let read: Result<Vec<_>, _> =
            CertificateRevocationListDer::pem_file_iter(&path).and_then(Iterator::collect);
        lists.extend(read.map_err(|error| {
            Error::configuration(
                format!("the revocation list {} can't be read: {error}", path.display()),
                "give sslcrl a file of PEM revocation lists",
            )
        })?);
    }
    Ok(lists)
}

type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The client's certificate and key: libpq's default files are used when they exist.
fn client_certificate(settings: &TlsSettings) -> Result<Option<ClientCertificate>, Error> {
    if !settings.use_certificate {
        return Ok(None);
    }
    let path = match (&settings.certificate, &settings.default_certificate) {
        (Some(path), _) => path,
        (None, Some(path)) if path.exists() => path,
        (None, _) => return Ok(None),
    };
    let certificates = certificates(path, "sslcert")?;
    let Some(key_path) = settings.key.as_ref().or(settings.default_key.as_ref()) else {
        return Err(Error::configuration(
            format!("there is a client certificate {}, but no private key", path.display()),
            "give the key with sslkey=FILE",
        ));
    };
    check_key_permissions(key_path)?;
    let key = PrivateKeyDer::from_pem_file(key_path).map_err(|error| {
        Error::configuration(
            format!("the private key {} can't be read: {error}", key_path.display()),
            "it must be PEM and not encrypted; `openssl pkey -in KEY -out PLAIN` writes that",
        )
    })?;
    Ok(Some((certificates, key)))
}

/// As libpq: nobody else may read the key; when root owns it, its group may.
#[cfg(unix)]
fn check_key_permissions(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).map_err(|error| {
        Error::configuration(
            format!("the private key {}: {error}", path.display()),
            "give it with sslkey=FILE",
        )
    })?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden != 0 {
        return Err(Error::configuration(
            format!("the private key {} can be read by others", path.display()),
            "chmod 0600 it (0640 when root owns it)",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_key_permissions(_path: &Path) -> Result<(), Error> {
    Ok(())
}
