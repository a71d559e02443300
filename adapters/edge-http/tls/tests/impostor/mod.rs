//! A server that agrees on keys, as anybody can, and proves nothing (RFC 8446 section 4.4).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use p256::ecdh::EphemeralSecret;
use p256::{EncodedPoint, PublicKey};
use rand_core::OsRng;
use sha2::{Digest, Sha256};

const HANDSHAKE: u8 = 22;
const ENCRYPTED_EXTENSIONS: &[u8] = &[8, 0, 0, 2, 0, 0];
/// A signature that is none.
const CERTIFICATE_VERIFY: &[u8] = &[15, 0, 0, 8, 4, 3, 0, 4, 1, 2, 3, 4];

/// What it does in place of showing a certificate and signing with its key.
#[derive(Clone, Copy)]
pub enum Instead {
    Nothing,
    Signs,
}

/// Starts one; its port.
pub fn start(instead: Instead) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || serve(listener.accept().unwrap().0, instead));
    port
}

fn serve(mut stream: TcpStream, instead: Instead) {
    let mut header = [0; 5];
    stream.read_exact(&mut header).unwrap();
    let mut client_hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    stream.read_exact(&mut client_hello).unwrap();
    let (session, share) = parse(&client_hello);
    let own = EphemeralSecret::random(&mut OsRng);
    let server_hello = hello(session, EncodedPoint::from(own.public_key()).as_bytes());
    let shared = own.diffie_hellman(&PublicKey::from_sec1_bytes(share).unwrap());

    let mut said = Sha256::new()
        .chain_update(&client_hello)
        .chain_update(&server_hello);
    let derived = label(
        &Hkdf::<Sha256>::extract(None, &[0; 32]).0,
        "derived",
        &Sha256::digest([]),
        32,
    );
    let (secret, _) = Hkdf::<Sha256>::extract(Some(&derived), shared.raw_secret_bytes());
    let secret = label(&secret, "s hs traffic", &said.clone().finalize(), 32);
    let mut messages = ENCRYPTED_EXTENSIONS.to_vec();
    if let Instead::Signs = instead {
        messages.extend_from_slice(CERTIFICATE_VERIFY);
    }
    said.update(&messages);
    let mut finished = <Hmac<Sha256> as Mac>::new_from_slice(&label(&secret, "finished", b"", 32)).unwrap();
    finished.update(&said.finalize());
    messages.extend_from_slice(&[20, 0, 0, 32]);
    messages.extend_from_slice(&finished.finalize().into_bytes());
    messages.push(HANDSHAKE); // the type of what is in the record

    let mut out = vec![HANDSHAKE, 3, 3];
    out.extend_from_slice(&u16::try_from(server_hello.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&server_hello);
    let mut aad = vec![23, 3, 3];
    aad.extend_from_slice(&u16::try_from(messages.len() + 16).unwrap().to_be_bytes());
    let cipher = Aes128Gcm::new_from_slice(&label(&secret, "key", b"", 16)).unwrap();
    let (iv, sealed) = (
        label(&secret, "iv", b"", 12),
        Payload {
            msg: &messages,
            aad: &aad,
        },
    );
    let sealed = cipher.encrypt(Nonce::from_slice(&iv), sealed).unwrap();
    out.extend_from_slice(&aad);
    out.extend_from_slice(&sealed);
    stream.write_all(&out).unwrap();
    // A client that believes it sends its request now, and gets no answer.
    let _ = stream.read(&mut [0; 1024]);
}

/// The session and the key on P-256 of a ClientHello.
fn parse(hello: &[u8]) -> (&[u8], &[u8]) {
    let session = &hello[38..];
    let (session, rest) = session[1..].split_at(usize::from(session[0]));
    let suites = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
    let rest = &rest[2 + suites..];
    let mut extensions = &rest[1 + usize::from(rest[0]) + 2..];
    loop {
        let length = usize::from(u16::from_be_bytes([extensions[2], extensions[3]]));
        let content = &extensions[4..4 + length];
        if extensions[..2] == [0, 51] {
            assert_eq!(content[2..4], [0, 23], "its first key is on P-256");
            return (session, &content[6..6 + 65]);
        }
        extensions = &extensions[4 + length..];
    }
}

fn hello(session: &[u8], key: &[u8]) -> Vec<u8> {
    let mut rest = vec![3, 3];
    rest.extend_from_slice(&[7; 32]);
    rest.push(u8::try_from(session.len()).unwrap());
    rest.extend_from_slice(session);
    rest.extend_from_slice(&[0x13, 1, 0]); // AES-128-GCM with SHA-256, no compression
    rest.extend_from_slice(&[0, 6 + 8 + 65, 0, 43, 0, 2, 3, 4]); // TLS 1.3
    rest.extend_from_slice(&[0, 51, 0, 4 + 65, 0, 23, 0, 65]);
    rest.extend_from_slice(key);
    let mut hello = vec![2, 0, 0, u8::try_from(rest.len()).unwrap()];
    hello.extend_from_slice(&rest);
    hello
}

/// HKDF-Expand-Label (RFC 8446 section 7.1).
fn label(secret: &[u8], label: &str, context: &[u8], length: u8) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let mut info = vec![0, length, u8::try_from(label.len()).unwrap()];
    info.extend_from_slice(label.as_bytes());
    info.push(u8::try_from(context.len()).unwrap());
    info.extend_from_slice(context);
    let mut out = vec![0; usize::from(length)];
    Hkdf::<Sha256>::from_prk(secret)
        .unwrap()
        .expand(&info, &mut out)
        .unwrap();
    out
}
