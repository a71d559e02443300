//! Why an outcome is what it is, with the section of the RFC that says so.

use core::fmt;

/// What kind of outcome a [`Reason`] explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Outcome {
    /// Answered from the store without asking the origin.
    Hit,
    /// Forwarded: nothing stored can serve.
    Miss,
    /// Forwarded to validate what is stored.
    Validate,
    /// Forwarded, and the cache takes no part in it.
    Bypass,
    /// The response is stored.
    Stored,
    /// The response is not stored.
    NotStored,
    /// A stored response was updated.
    Updated,
    /// Stored responses are marked or removed.
    Invalidated,
    /// Answered with 504.
    Refused,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $outcome:ident, $section:literal, $text:literal;)*) => {
        /// Why: one value for each way a decision can come about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $text] #[doc = concat!("(", $section, ").")] $name,)*
        }

        impl Reason {
            /// Every reason, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What kind of outcome this explains.
            pub const fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome,)* }
            }

            /// Its name, as it is spelt here: for logs and machines.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Whether the origin has confirmed the stored response that is served
            /// (RFC 9111 section 4.3.3).
            pub const fn is_validated(self) -> bool {
                matches!(self, Self::Validated | Self::UpdateForbids)
            }

            /// The section of the specification that says so.
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }

            /// One line for a person.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    Fresh = Hit, "RFC 9111 section 4.2", "the stored response is fresh";
    MaxStale = Hit, "RFC 9111 section 5.2.1.2", "stale, but the request accepts that";
    StaleWhileRevalidate = Hit, "RFC 5861 section 3", "stale, served while it is validated in the background";
    StaleIfError = Hit, "RFC 5861 section 4", "stale, served because the origin failed";
    Disconnected = Hit, "RFC 9111 section 4.2.4", "stale, served because there is no connection";
    Validated = Hit, "RFC 9111 section 4.3.3", "the origin confirmed the stored response";
    ClientCurrent = Hit, "RFC 9111 section 4.3.2", "the client's own condition says it has this response already";

    NothingStored = Miss, "RFC 9111 section 4", "nothing is stored for this URI";
    NoVariant = Miss, "RFC 9111 section 4.1", "nothing stored matches the request fields that Vary nominates";
    UnusableEntry = Miss, "RFC 9111 section 2", "what is stored cannot be read";
    FullResponse = Miss, "RFC 9111 section 4.3.3", "the origin sent a full response instead of confirming";
    ForeignValidator = Miss, "RFC 9111 section 4.3.4", "the 304 confirms something that is not stored: asked again without conditions";
    NotSafe = Miss, "RFC 9111 section 4", "the method is not safe: written through";

    Stale = Validate, "RFC 9111 section 4.2", "the stored response is stale";
    NoExpiry = Validate, "RFC 9111 section 4.2.2", "the stored response gives no lifetime";
    NoCache = Validate, "RFC 9111 section 5.2.2.4", "the stored response says no-cache";
    MustRevalidate = Validate, "RFC 9111 section 5.2.2.2", "stale, and the stored response says must-revalidate";
    RequestNoCache = Validate, "RFC 9111 section 5.2.1.4", "the request says no-cache";
    RequestMaxAge = Validate, "RFC 9111 section 5.2.1.1", "older than the request accepts";
    RequestMinFresh = Validate, "RFC 9111 section 5.2.1.3", "stale sooner than the request accepts";
    MarkedInvalid = Validate, "RFC 9111 section 4.4", "marked invalid since it was stored";
    AgeUnknown = Validate, "RFC 9111 section 4.2.3", "no clock tells how old the stored response is";
    NoClock = Validate, "RFC 9111 section 4", "without a clock every use is validated";
    BackgroundValidation = Validate, "RFC 5861 section 3", "validated in the background";

    Tunnel = Bypass, "RFC 9111 section 1", "CONNECT opens a tunnel";
    UncacheableMethod = Bypass, "RFC 9111 section 3", "nothing is stored for this method";
    RequestRange = Bypass, "RFC 9110 section 14.2", "the request asks for a range";
    OriginCondition = Bypass, "RFC 9111 section 4.3.2", "the request carries a condition that only the origin judges";
    RequestBody = Bypass, "RFC 9110 section 9.3.1", "a GET with content bypasses the cache";

    Storable = Stored, "RFC 9111 section 3", "the response may be stored";
    Forced = Stored, "RFC 9111 section 3", "stored because the caller overrides the origin";

    RequestNoStore = NotStored, "RFC 9111 section 5.2.1.5", "the request says no-store";
    NoStore = NotStored, "RFC 9111 section 5.2.2.5", "the response says no-store";
    Private = NotStored, "RFC 9111 section 5.2.2.7", "the response is private and this cache is shared";
    Authorization = NotStored, "RFC 9111 section 3.5", "the request carried Authorization and nothing lets a shared cache store the response";
    MethodNotStored = NotStored, "RFC 9111 section 3", "responses to this method are not stored";
    HeadNotStored = NotStored, "RFC 9110 section 9.3.2", "responses to HEAD are not stored";
    PostNeedsMore = NotStored, "RFC 9110 section 9.3.3", "a POST response needs explicit freshness and a Content-Location equal to the target";
    GetWithBody = NotStored, "RFC 9110 section 9.3.1", "the GET had content";
    NotFinal = NotStored, "RFC 9111 section 3", "the status code is not final";
    Partial = NotStored, "RFC 9111 section 3.3", "partial responses are not stored";
    NotModified = NotStored, "RFC 9111 section 3", "a 304 is not stored by itself";
    ClientNotModified = NotStored, "RFC 9110 section 15.4.5", "the 304 answers the client's own condition";
    StatusNeverStored = NotStored, "RFC 6585 section 3", "this status code is never stored";
    StatusDenied = NotStored, "RFC 9111 section 3", "this status code is configured as never stored";
    StatusNotUnderstood = NotStored, "RFC 9111 section 5.2.2.3", "must-understand, and the status code is not understood";
    SetCookie = NotStored, "RFC 9111 section 7.3", "Set-Cookie, and nothing in the response permits storing it with that";
    VaryAny = NotStored, "RFC 9111 section 4.1", "Vary holds a * or something that is no field name: it never matches";
    UnclearLength = NotStored, "RFC 9110 section 8.6", "Content-Length is no number, or several that differ";
    ConnectionNominates = NotStored, "RFC 9110 section 7.6.1", "Connection nominates a field that caching depends on";
    NoPermission = NotStored, "RFC 9111 section 3", "nothing in the response permits storing it";
    NeverReusable = NotStored, "RFC 9111 section 3", "it could never be reused: no lifetime and no validator";
    ServerError = NotStored, "RFC 9111 section 4.3.3", "the origin failed while validating: its answer is passed on";

    Freshened = Updated, "RFC 9111 section 4.3.4", "a 304 updates the stored response";
    HeadFreshened = Updated, "RFC 9111 section 4.3.5", "a HEAD response updates the stored response";
    HeadDiffers = Invalidated, "RFC 9111 section 4.3.5", "a HEAD response differs from the stored response";
    UnsafeMethod = Invalidated, "RFC 9111 section 4.4", "a request with an unsafe method succeeded";
    Unsuitable = Invalidated, "RFC 9111 section 4.3.3", "the origin's full response shows that the stored one is out of date";
    UpdateForbids = Invalidated, "RFC 9111 section 3.2", "the update forbids keeping the stored response";

    OnlyIfCached = Refused, "RFC 9111 section 5.2.1.7", "only-if-cached, and nothing stored can serve";
    MayNotServeStale = Refused, "RFC 9111 section 4.2.4", "the origin failed and nothing permits a stale answer";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text(), self.section())
    }
}
