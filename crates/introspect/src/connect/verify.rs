//! Checking a server's certificate with libpq's rules: the chain when a root is there, the name for verify-full alone.
//!
//! Follows `pq_verify_peer_name_matches_certificate` of `fe-secure-common.c` for names.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use std::sync::Arc;
use x509_cert::der::Decode;

/// A verifier of chains, and the roots that it trusts.
pub(super) struct Chain {
    pub verifier: Arc<WebPkiServerVerifier>,
    pub roots: Vec<CertificateDer<'static>>,
}

/// The checks of libpq on the server's certificate.
pub(super) struct Verifier {
    /// `None`: no root certificate, so nothing is checked, as libpq does for require and weaker.
    pub chain: Option<Chain>,
    pub check_name: bool,
    pub provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("check_name", &self.check_name).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        // rustls checks the chain first and the name last: a name error means that the chain is good.
        match chain.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Ok(verified) => Ok(verified),
            Err(error) if is_name_error(&error) => {
                if !self.check_name || common_name_matches(end_entity, server_name) {
                    Ok(ServerCertVerified::assertion())
                } else {
                    Err(error)
                }
            }
            // OpenSSL accepts a self-signed certificate that is itself the trusted root; webpki wants a chain.
            Err(error) if chain.roots.iter().any(|root| root == end_entity) => {
                if !in_validity(end_entity, now) {
                    return Err(error);
                }
                if self.check_name && !common_name_matches(end_entity, server_name) {
                    rustls::client::verify_server_name(
                        &ParsedCertificate::try_from(end_entity)?,
                        server_name,
                    )?;
                }
                Ok(ServerCertVerified::assertion())
            }
            Err(error) => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.chain.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // Without a root certificate nobody vouches for the key, so checking its signature proves nothing; OpenSSL's
        // old version 1 certificates, which webpki can't read, keep working.
        if self.chain.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn is_name_error(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}

/// libpq falls back on the common name when the certificate has no alternative name (manual 34.19.1).
fn common_name_matches(end_entity: &CertificateDer<'_>, server_name: &ServerName<'_>) -> bool {
    use x509_cert::der::oid::db::{rfc4519::CN, rfc5280::ID_CE_SUBJECT_ALT_NAME};
    let Ok(certificate) = x509_cert::Certificate::from_der(end_entity) else {
        return false;
    };
    let certificate = &certificate.tbs_certificate;
    let alternative =
        certificate.extensions.iter().flatten().any(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME);
    if alternative {
        return false;
    }
    let wanted = server_name.to_str().to_ascii_lowercase();
    certificate
        .subject
        .0
        .iter()
        .flat_map(|relative| relative.0.iter())
        .filter(|attribute| attribute.oid == CN)
        .filter_map(|attribute| std::str::from_utf8(attribute.value.value()).ok())
        .any(|name| name_matches(&name.to_ascii_lowercase(), &wanted))
}

/// A star stands for one label at the beginning, as in libpq's `wildcard_certificate_match`.
fn name_matches(pattern: &str, name: &str) -> bool {
    if pattern == name {
        return true;
    }
    match (pattern.strip_prefix("*."), name.split_once('.')) {
        (Some(domain), Some((label, rest))) => !label.is_empty() && domain.contains('.') && domain == rest,
        _ => false,
    }
}

fn in_validity(end_entity: &CertificateDer<'_>, now: UnixTime) -> bool {
    x509_cert::Certificate::from_der(end_entity).is_ok_and(|certificate| {
        let validity = certificate.tbs_certificate.validity;
        let now = now.as_secs();
        validity.not_before.to_unix_duration().as_secs() <= now
            && now <= validity.not_after.to_unix_duration().as_secs()
    })
}
