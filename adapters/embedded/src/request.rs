//! What the device asks for.

use larder::{Partition, RequestHead, Target, TargetError};

/// A request: a method, a target, field lines and content, all borrowed. Host, Connection and
/// Content-Length are the transport's to add.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    method: &'a str,
    target: Target<'a>,
    partition: Partition,
    fields: &'a [(&'a str, &'a str)],
    content: &'a [u8],
}

impl<'a> Request<'a> {
    /// A request with this method for an absolute URI.
    ///
    /// # Errors
    /// The URI is no `http` or `https` URI.
    pub fn new(method: &'a str, uri: &'a str) -> Result<Self, TargetError> {
        Ok(Self::of(method, Target::parse(uri)?))
    }

    /// A request with this method for a target that was split before.
    pub const fn of(method: &'a str, target: Target<'a>) -> Self {
        Self {
            method,
            target,
            partition: Partition::COMMON,
            fields: &[],
            content: &[],
        }
    }

    /// A GET request for an absolute URI.
    ///
    /// # Errors
    /// The URI is no `http` or `https` URI.
    pub fn get(uri: &'a str) -> Result<Self, TargetError> {
        Self::new("GET", uri)
    }

    /// With these field lines.
    #[must_use]
    pub const fn with_fields(mut self, fields: &'a [(&'a str, &'a str)]) -> Self {
        self.fields = fields;
        self
    }

    /// With this content. A GET or HEAD request with content never meets the cache.
    #[must_use]
    pub const fn with_content(mut self, content: &'a [u8]) -> Self {
        self.content = content;
        self
    }

    /// On behalf of this user: stored responses are not shared between partitions. A device
    /// that sends credentials needs one for each.
    #[must_use]
    pub const fn for_partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    pub(crate) const fn head(&self) -> RequestHead<'a, [(&'a str, &'a str)]> {
        RequestHead {
            method: self.method,
            target: self.target,
            partition: self.partition,
            headers: self.fields,
        }
    }

    pub(crate) const fn content(&self) -> &'a [u8] {
        self.content
    }
}
