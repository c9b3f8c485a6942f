//! HTTPS. Browsers give cameras and screens to secure pages only, and `localhost` is the one
//! exception, so a server for a local network needs a certificate, if need be its own.

use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use crate::Tls;

/// Why there is no certificate to use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read, or it has nothing of use in it.
    #[error("cannot read {0}: {1}")]
    Pem(String, pem::Error),
    /// The certificate and the key do not work.
    #[error("the certificate cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
    /// No certificate can be made.
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
}

/// A certificate and its key, both as PEM.
#[derive(Clone, Debug)]
pub struct SelfSigned {
    /// The certificate.
    pub cert: String,
    /// Its private key.
    pub key: String,
}

/// Makes a certificate for `localhost` and the addresses of this machine.
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
    // Apple's browsers refuse a longer life than 825 days; a clock may be behind by a day.
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
