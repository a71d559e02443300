//! A dashboard over TLS: an origin with the right certificate, and origins without.

mod device;
mod impostor;
mod origin;

use device::{Device, Outcome};
use embedded_tls::TlsError;
use impostor::Instead;
use larder::Reason;
use origin::{Authority, Origin};

#[test]
fn a_poll_that_needs_no_network_makes_no_connection() {
    let authority = Authority::new("authority");
    let origin = Origin::new(vec![authority.certificate("localhost")]);
    let mut device = Device::new(authority.der());
    let mut poll = |seconds| device.poll(origin.port, seconds);
    assert_eq!(poll(0), Ok((Reason::Storable, "hello".to_owned())));
    assert_eq!(poll(59), Ok((Reason::Fresh, "hello".to_owned())));
    assert_eq!(origin.connections(), 1);
    assert_eq!(poll(61), Ok((Reason::Validated, "hello".to_owned())));
    assert_eq!((origin.connections(), origin.requests()), (2, 2));
}

/// What a device gets from an origin with these certificates, its own first.
fn refused(authority: &Authority, certificates: Vec<origin::Certificate>) -> Outcome {
    let origin = Origin::new(certificates);
    let outcome = Device::new(authority.der()).poll(origin.port, 0);
    assert_eq!(origin.requests(), 0, "nothing was sent");
    outcome
}

#[test]
fn certificates_of_others_are_refused() {
    let (authority, other) = (Authority::new("authority"), Authority::new("other"));
    for (certificates, why) in [
        (vec![other.certificate("localhost")], "another authority's"),
        (vec![authority.certificate("elsewhere")], "another host's"),
        (
            vec![authority.certificate("localhost"), other.certificate("localhost")],
            "a chain",
        ),
    ] {
        let outcome = refused(&authority, certificates);
        assert_eq!(outcome, Err(TlsError::InvalidCertificate.to_string()), "{why}");
    }
}

#[test]
fn the_holder_of_a_certificate_is_no_authority() {
    let authority = Authority::new("authority");
    let neighbour = authority.certificate("neighbour");
    let forged = neighbour.sign("localhost");
    let outcome = refused(&authority, vec![forged, neighbour]);
    assert_eq!(outcome, Err(TlsError::InvalidCertificate.to_string()));
}

#[test]
fn a_server_that_proves_nothing_is_refused() {
    let authority = Authority::new("authority");
    for (instead, error) in [
        (Instead::Nothing, TlsError::InvalidCertificate),
        (Instead::Signs, TlsError::InvalidSignature),
    ] {
        let outcome = Device::new(authority.der()).poll(impostor::start(instead), 0);
        assert_eq!(outcome, Err(error.to_string()));
    }
}
