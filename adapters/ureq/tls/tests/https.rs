//! HTTPS, with a certificate authority made for the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

struct Origin {
    port: u16,
    asked: Arc<AtomicUsize>,
    authority: Certificate<'static>,
}

/// Answers GET with its path, fresh for a minute, and a known tag with 304.
fn origin() -> Origin {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    // With the name of its authority a certificate would count as signed by itself.
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let own_key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = own.signed_by(&own_key, &issuer).unwrap();
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], secret)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = Origin {
        port: listener.local_addr().unwrap().port(),
        asked: Arc::default(),
        authority: Certificate::from_pem(authority.pem().as_bytes()).unwrap(),
    };
    let (config, asked) = (Arc::new(config), Arc::clone(&origin.asked));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let stream = StreamOwned::new(connection, stream);
            let asked = Arc::clone(&asked);
            thread::spawn(move || serve(BufReader::new(stream), &asked));
        }
    });
    origin
}

fn serve(mut stream: BufReader<impl Read + Write>, asked: &AtomicUsize) {
    loop {
        let (mut lines, mut line) = (Vec::new(), String::new());
        while stream.read_line(&mut line).is_ok_and(|count| count > 2) {
            lines.push(std::mem::take(&mut line).to_ascii_lowercase());
        }
        let Some(path) = lines.first().and_then(|line| line.split(' ').nth(1)) else {
            return;
        };
        asked.fetch_add(1, Ordering::SeqCst);
        let known = lines.iter().any(|line| line.starts_with("if-none-match"));
        let control = if path == "/checked" {
            "no-cache"
        } else {
            "max-age=60"
        };
        let head = format!("ETag: \"1\"\r\nCache-Control: {control}\r\n");
        let answer = match (known, path) {
            (true, _) => format!("HTTP/1.1 304 Not Modified\r\n{head}\r\n"),
            // Half of it.
            (_, "/broken") => format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 99\r\n\r\nhalf"),
            _ => format!(
                "HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n{path}",
                path.len()
            ),
        };
        let sent = stream.get_mut().write_all(answer.as_bytes());
        if sent.and_then(|()| stream.get_mut().flush()).is_err() || path == "/broken" {
            return;
        }
    }
}

fn agent(cache: &Cache<MemoryStore>, provider: TlsProvider, roots: RootCerts) -> Agent {
    let tls = TlsConfig::builder().provider(provider).root_certs(roots).build();
    cache.agent(|builder| builder.proxy(None).https_only(true).tls_config(tls))
}

fn each(test: impl Fn(TlsProvider)) {
    for provider in [TlsProvider::Rustls, TlsProvider::NativeTls] {
        test(provider);
    }
}

#[test]
fn a_miss_a_hit_and_a_validation() {
    each(|provider| {
        let origin = origin();
        let cache = Cache::new(MemoryStore::new(1 << 20));
        let roots = RootCerts::new_with_certs(&[origin.authority.clone()]);
        let agent = agent(&cache, provider, roots);
        let steps = [
            ("/fresh", Outcome::Miss),
            ("/fresh", Outcome::Hit),
            ("/checked", Outcome::Miss),
            ("/checked", Outcome::Validated),
        ];
        for (path, outcome) in steps {
            let url = format!("https://localhost:{}{path}", origin.port);
            let mut response = agent.get(&url).call().unwrap();
            let info = CacheInfo::of(&response).unwrap().clone();
            assert_eq!((info.outcome(), info.uri().to_string()), (outcome, url));
            assert_eq!(response.body_mut().read_to_string().unwrap(), path);
        }
        assert_eq!(origin.asked.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn a_body_that_breaks_off_is_not_stored() {
    // req: 9111-3.3-03
    each(|provider| {
        let origin = origin();
        let cache = Cache::new(MemoryStore::new(1 << 20));
        let roots = RootCerts::new_with_certs(&[origin.authority.clone()]);
        let agent = agent(&cache, provider, roots);
        let url = format!("https://localhost:{}/broken", origin.port);
        let mut response = agent.get(&url).call().unwrap();
        assert!(response.body_mut().read_to_vec().is_err());
        assert_eq!(cache.usage().unwrap().entries, 0);
    });
}

#[test]
fn a_stranger_is_refused_and_a_hit_needs_nobody() {
    each(|provider| {
        let origin = origin();
        let cache = Cache::new(MemoryStore::new(1 << 20));
        let roots = RootCerts::new_with_certs(&[origin.authority.clone()]);
        let trusting = agent(&cache, provider, roots);
        let stranger = RootCerts::new_with_certs(&[self::origin().authority]);
        let wary = agent(&cache, provider, stranger);
        let url = format!("https://localhost:{}/fresh", origin.port);
        assert!(wary.get(&url).call().is_err());
        assert_eq!(cache.usage().unwrap().entries, 0);
        trusting
            .get(&url)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap();
        // The same URI over http is another one, and refused here.
        assert!(trusting.get(url.replace("https", "http")).call().is_err());
        let hit = trusting.get(&url).call().unwrap();
        assert_eq!(CacheInfo::of(&hit).unwrap().outcome(), Outcome::Hit);
    });
}
