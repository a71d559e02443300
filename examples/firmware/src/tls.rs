//! TLS 1.3 by embedded-tls for the page "larder on your board": a connection of edge-nal whose server has proved by
//! a certificate of your own authority who it is.
//!
//! embedded-tls 0.19 leaves out what `Proof` adds. It goes on when a server sends no certificate at all, it panics
//! at a signature without one, and it lets every certificate sign others.

use core::net::SocketAddr;

use edge_nal::{AddrType, Dns, TcpConnect};
use embedded_io_async::Error;
use embedded_tls::pki::CertVerifier;
use embedded_tls::{
    Aes128GcmSha256, Certificate, CertificateRef, CertificateVerifyRef, CryptoProvider, CryptoRngCore,
    NoClock, Sha256, TlsConfig, TlsConnection, TlsContext, TlsError, TlsVerifier,
};
use larder::Target;
use larder_embedded::Connect;

/// The longest certificate of a server, in bytes of DER.
const CERTIFICATE: usize = 1024;

/// Opens one connection, in the buffers that are lent to it: for the next one, make another.
pub struct Tls<'n, T, D, R> {
    pub tcp: &'n T,
    pub dns: &'n D,
    /// For what comes in, a record long (16,640 bytes, or what the server keeps to), and for what goes out.
    pub buffers: Option<(&'n mut [u8], &'n mut [u8])>,
    /// The certificate of the authority that has signed the server's, in DER, both with keys on P-256.
    pub authority: &'n [u8],
    /// The board's source of random numbers.
    pub random: R,
}

impl<'n, T: TcpConnect, D: Dns, R: CryptoRngCore> Connect for Tls<'n, T, D, R> {
    type Error = TlsError;
    type Stream = TlsConnection<'n, T::Socket<'n>, Aes128GcmSha256>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, TlsError> {
        let (incoming, outgoing) = self.buffers.take().ok_or(TlsError::ConnectionClosed)?;
        let address = self.dns.get_host_by_name(target.host(), AddrType::IPv4).await;
        let address = SocketAddr::new(address.map_err(|_| TlsError::IoError)?, target.port());
        let socket = self.tcp.connect(address).await;
        let socket = socket.map_err(|error| TlsError::Io(error.kind()))?;
        let mut stream = TlsConnection::new(socket, incoming, outgoing);
        let config = TlsConfig::new().with_server_name(target.host());
        let mut proof = Proof::new(self.authority, &mut self.random);
        stream.open(TlsContext::new(&config, &mut proof)).await?;
        match proof.step {
            Step::Proven => Ok(stream),
            _ => Err(TlsError::InvalidCertificate),
        }
    }
}

/// What a server has proved.
struct Proof<'a, R> {
    certificate: CertVerifier<'a, Aes128GcmSha256, NoClock, CERTIFICATE>,
    random: R,
    step: Step,
}

#[derive(PartialEq)]
enum Step {
    Nothing,
    /// That there is a certificate with its name.
    Named,
    /// That it has the key of that.
    Proven,
}

impl<'a, R> Proof<'a, R> {
    fn new(authority: &'a [u8], random: R) -> Self {
        Self {
            certificate: CertVerifier::new(Certificate::X509(authority)),
            random,
            step: Step::Nothing,
        }
    }
}

impl<R: CryptoRngCore> CryptoProvider for Proof<'_, R> {
    type CipherSuite = Aes128GcmSha256;
    type Signature = &'static [u8];

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, TlsError> {
        Ok(self)
    }
}

impl<R> TlsVerifier<Aes128GcmSha256> for Proof<'_, R> {
    fn set_hostname_verification(&mut self, host: &str) -> Result<(), TlsError> {
        TlsVerifier::<Aes128GcmSha256>::set_hostname_verification(&mut self.certificate, host)
    }

    fn verify_certificate(&mut self, transcript: &Sha256, chain: CertificateRef) -> Result<(), TlsError> {
        if self.step != Step::Nothing || chain.entries.len() != 1 {
            return Err(TlsError::InvalidCertificate);
        }
        self.certificate.verify_certificate(transcript, chain)?;
        self.step = Step::Named;
        Ok(())
    }

    fn verify_signature(&mut self, signature: CertificateVerifyRef) -> Result<(), TlsError> {
        if self.step != Step::Named {
            return Err(TlsError::InvalidSignature);
        }
        self.certificate.verify_signature(signature)?;
        self.step = Step::Proven;
        Ok(())
    }
}
