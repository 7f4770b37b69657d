//! Certificates for servers with TLS: an authority made on the spot, a server certificate for `localhost` and
//! 127.0.0.1, and a second authority that signed nothing, for tests that must refuse.

use crate::{Error, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use trueup_cluster::RunAs;

/// The files a client needs.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The authority that signed the server's certificate, PEM.
    pub ca: PathBuf,
    /// An authority that did not, PEM.
    pub other_ca: PathBuf,
}

impl Certificates {
    /// Makes the certificates: those for clients go into `home`, the server's own into its data folder.
    pub(crate) fn install(home: &Path, data: &Path) -> Result<Self> {
        let explain = |error: rcgen::Error| Error::message(format!("making a certificate: {error}"));
        let (ca, issuer) = authority("trueup test authority").map_err(explain)?;
        let (other, _) = authority("another authority").map_err(explain)?;
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().map_err(explain)?;
        let server = CertificateParams::new(names)
            .and_then(|params| params.signed_by(&key, &issuer))
            .map_err(explain)?;
        write(&data.join("server.crt"), &server.pem(), 0o644)?;
        // PostgreSQL refuses a key that others may read.
        write(&data.join("server.key"), &key.serialize_pem(), 0o600)?;
        let files = Self { ca: home.join("ca.crt"), other_ca: home.join("other-ca.crt") };
        write(&files.ca, &ca, 0o644)?;
        write(&files.other_ca, &other, 0o644)?;
        Ok(files)
    }
}

fn authority(name: &str) -> std::result::Result<(String, Issuer<'static, KeyPair>), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok((certificate, Issuer::new(params, key)))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::path("writing", path, error))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| Error::path("closing", path, error))?;
    Ok(RunAs::current()?.own(path)?)
}
