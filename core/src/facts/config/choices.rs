//! Choices that have names of their own.

/// How the initial age is computed (RFC 9111 section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum InitialAge {
    /// The larger of apparent_age and corrected_age_value. The default.
    Conservative,
    /// corrected_age_value alone, for devices whose clock is often wrong.
    AgeHeaderOnly,
}

/// What differing repetitions of one directive mean (RFC 9111 section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Duplicates {
    /// The response is stale. The default.
    Stale,
    /// The first occurrence counts.
    First,
}

/// What `no-cache="field"` and `private="field"` mean (RFC 9111 section 5.2.2.4, 5.2.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Qualified {
    /// The same as without the argument: always safe. The default.
    AsUnqualified,
    /// The listed fields are left out of what is stored. A list counts as none where it names a field that
    /// the rules read, such as Vary or Cache-Control, or is not written as plain names.
    StripFields,
}

/// Whether a response with Set-Cookie is stored (RFC 9111 section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SetCookiePolicy {
    /// Stored as it is. The default of a private cache.
    Store,
    /// Refused unless `public` or `s-maxage` is present. The default of a shared cache.
    RefuseUnlessPublic,
    /// Refused unless the response says for how long it is fresh (`max-age`, `s-maxage`,
    /// Expires), or `public`: never kept by heuristics.
    RefuseUnlessExplicit,
}

/// What lets a shared cache store the response to a request with Authorization
/// (RFC 9111 section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AuthRequires {
    /// `public`, `s-maxage` or `must-revalidate`. The default.
    Rfc,
    /// `public` or `s-maxage`.
    PublicOrSMaxage,
}

/// How nominated request fields are compared (RFC 9111 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum VaryNormalise {
    /// Byte for byte, after lines are joined and outer white space is gone. The default.
    None,
    /// Letter case and white space do not count in Accept, Accept-Encoding and Accept-Language, but for the
    /// letter case of a parameter's value, and in quotes.
    Lists,
}
