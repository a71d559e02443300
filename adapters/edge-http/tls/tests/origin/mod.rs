//! An origin with TLS 1.3, and who signs its certificates.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A certificate of a server, and its key.
pub struct Certificate {
    params: CertificateParams,
    der: Vec<u8>,
    key: KeyPair,
}

pub struct Authority {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn named(name: &str, names: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn signed(host: &str, issuer: &Issuer<'_, KeyPair>) -> Certificate {
    let (params, key) = (named(host, vec![host.to_owned()]), KeyPair::generate().unwrap());
    let der = params.signed_by(&key, issuer).unwrap().der().to_vec();
    Certificate { params, der, key }
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let (mut params, key) = (named(name, Vec::new()), KeyPair::generate().unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);
        Self { der, issuer }
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn certificate(&self, host: &str) -> Certificate {
        signed(host, &self.issuer)
    }
}

impl Certificate {
    /// Signs one for another host, which its holder must not.
    pub fn sign(&self, host: &str) -> Certificate {
        let key = KeyPair::try_from(self.key.serialize_der()).unwrap();
        signed(host, &Issuer::from_params(&self.params, key))
    }
}

/// Says hello, fresh for a minute, and 304 where the tag is known.
pub struct Origin {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Origin {
    /// One that shows these certificates and has the key of the first.
    pub fn new(certificates: Vec<Certificate>) -> Self {
        let secret = PrivatePkcs8KeyDer::from(certificates[0].key.serialize_der());
        let chain = certificates.into_iter().map(|certificate| certificate.der.into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.collect(), PrivateKeyDer::from(secret))
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let config = Arc::new(config);
        let (connections, requests) = (Arc::clone(&origin.connections), Arc::clone(&origin.requests));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, SeqCst);
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let stream = BufReader::new(StreamOwned::new(connection, stream));
                let requests = Arc::clone(&requests);
                thread::spawn(move || serve(stream, &requests));
            }
        });
        origin
    }

    pub fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.requests.load(SeqCst)
    }
}

fn serve(mut stream: BufReader<impl Read + Write>, requests: &AtomicUsize) {
    let mut known = false;
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|count| count > 0) {
        known |= line.to_ascii_lowercase().starts_with("if-none-match: \"1\"");
        if line == "\r\n" {
            requests.fetch_add(1, SeqCst);
            let head = "ETag: \"1\"\r\nCache-Control: max-age=60\r\n";
            let answer = match std::mem::take(&mut known) {
                true => format!("HTTP/1.1 304 X\r\n{head}\r\n"),
                false => format!("HTTP/1.1 200 X\r\n{head}Content-Length: 5\r\n\r\nhello"),
            };
            let sent = stream.get_mut().write_all(answer.as_bytes());
            if sent.and_then(|()| stream.get_mut().flush()).is_err() {
                return;
            }
        }
        line.clear();
    }
}
