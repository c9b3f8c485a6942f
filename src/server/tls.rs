//! HTTPS. Browsers only allow camera and screen capture in secure contexts, so a server on a local
//! network needs a certificate; `localhost` is the only exception.

use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use crate::Tls;

/// Why the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or is not valid PEM.
    #[error("cannot read {0}: {1}")]
    Pem(String, pem::Error),
    /// The certificate or the key is not accepted.
    #[error("the certificate cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
    /// Generating a certificate failed.
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
}

/// A certificate and its private key as PEM.
#[derive(Clone, Debug)]
pub struct SelfSigned {
    /// The certificate.
    pub cert: String,
    /// The private key.
    pub key: String,
}

/// Generates a certificate for `localhost` and this machine's addresses.
pub fn self_signed() -> Result<SelfSigned, Error> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".into(), "::1".into()];
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    for interface in interfaces {
        if !interface.is_loopback() {
            names.push(interface.ip().to_string());
        }
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "P2P-Live-Web");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Apple's browsers reject validity above 825 days. One day of tolerance for slow clocks.
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = params.not_before + Duration::days(365);
    let key = KeyPair::generate()?;
    let cert = params.self_signed(&key)?;
    Ok(SelfSigned { cert: cert.pem(), key: key.serialize_pem() })
}

pub(crate) fn config(tls: &Tls) -> Result<RustlsConfig, Error> {
    let (chain, key) = match tls {
        Tls::SelfSigned => {
            let made = self_signed()?;
            let own = |error| Error::Pem("the new certificate".into(), error);
            let cert = CertificateDer::from_pem_slice(made.cert.as_bytes()).map_err(own)?;
            let key = PrivateKeyDer::from_pem_slice(made.key.as_bytes()).map_err(own)?;
            (vec![cert], key)
        }
        Tls::Files { cert, key } => {
            let in_cert = |error| Error::Pem(cert.display().to_string(), error);
            let chain = CertificateDer::pem_file_iter(cert).map_err(in_cert)?;
            let chain: Result<Vec<_>, _> = chain.collect();
            let in_key = |error| Error::Pem(key.display().to_string(), error);
            let key = PrivateKeyDer::from_pem_file(key).map_err(in_key)?;
            (chain.map_err(in_cert)?, key)
        }
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
