//! Heads reduced to small `Copy` values, so that states never borrow a buffer.

mod config;
mod hash;
mod key;
mod learned;
mod overrides;
mod request;
mod response;
mod stored;
mod time;
pub(crate) mod vary;

pub use config::{AuthRequires, Config, Duplicates, InitialAge, Qualified, SetCookiePolicy, VaryNormalise};
pub(crate) use hash::{Checksum, fingerprint};
pub use key::{EntryId, Key, Partition};
pub use learned::LearnedUtc;
pub use overrides::Override;
pub(crate) use request::{BACKGROUND, IF_MODIFIED_SINCE, IF_NONE_MATCH, ORIGIN_CONDITION, RANGE, SECURE};
pub use request::{MethodClass, RequestFacts};
pub use response::ResponseFacts;
pub(crate) use response::{NO_DATE, SCANNED, flag, heuristically_cacheable};
pub(crate) use stored::stored_flag;
pub use stored::{FactsError, StoredFacts};
pub(crate) use time::whole_seconds;
pub use time::{Exchanged, Now, UtcSource};
