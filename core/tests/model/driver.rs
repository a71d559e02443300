//! `larder::Exchange` over a vector of packed heads, doing what its actions say and nothing else.

use super::drive::Run;
use super::fields::Lines;
use super::step::World;
use super::{Moment, Options, Outcome, Request};
use larder::{
    AuthRequires, Config, Duplicates, EntryId, Exchange, Headers, InitialAge, Key, Now, Partition, Reason,
    RequestHead, SetCookiePolicy, StoredFacts, Target, VaryNormalise,
};

pub const SEED: u64 = 7;

pub fn config(options: &Options) -> Config {
    let base = if options.shared {
        Config::shared()
    } else {
        Config::private()
    };
    let choose = |first| {
        if first {
            Duplicates::First
        } else {
            Duplicates::Stale
        }
    };
    base.with_heuristic(options.heuristic.0, options.heuristic.1)
        .with_max_lifetime(u32::try_from(options.max_lifetime).unwrap())
        .with_initial_age(if options.age_header_only {
            InitialAge::AgeHeaderOnly
        } else {
            InitialAge::Conservative
        })
        .with_duplicates(choose(options.first_duplicate))
        .with_set_cookie(match (options.refuse_set_cookie, options.explicit_cookies) {
            (true, false) => SetCookiePolicy::RefuseUnlessPublic,
            (true, true) => SetCookiePolicy::RefuseUnlessExplicit,
            (false, _) => SetCookiePolicy::Store,
        })
        .with_auth_requires(if options.strict_auth {
            AuthRequires::PublicOrSMaxage
        } else {
            AuthRequires::Rfc
        })
        .with_store_post(options.store_post)
        .with_store_head(options.store_head)
        .with_stale_extensions_beat_s_maxage(options.extensions_beat_s_maxage)
        .with_stale_while_revalidate(options.while_revalidate)
        .with_stale_when_disconnected(u32::try_from(options.stale_when_disconnected).unwrap())
        .with_pragma(options.pragma)
        .with_request_directives(options.request_directives)
        .with_strict_304(options.strict_304)
        .with_head_update(options.head_update)
        .with_invalidate_locations(options.invalidate_locations)
        .with_uptime_reuse(options.uptime_reuse)
        .with_validate_other_variants(options.validate_others)
        .with_vary_normalise(if options.vary_lists {
            VaryNormalise::Lists
        } else {
            VaryNormalise::None
        })
}

pub fn now(moment: &Moment) -> Now {
    let now = Now::mono(moment.domain, u64::try_from(moment.ms).unwrap());
    let ms = |utc: super::Utc| i64::try_from(utc.ms).unwrap();
    match moment.utc {
        None => now,
        Some(utc) if utc.learned => now.with_learned_utc(ms(utc)),
        Some(utc) => now.with_utc(ms(utc)),
    }
}

/// Text of header lines of any kind of head.
pub fn texts<H: Headers + ?Sized>(head: &H) -> Lines {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("what was put in was text");
    head.fields()
        .map(|line| (text(line.name.as_bytes()), text(line.value)))
        .collect()
}

/// An entry of the vector.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: EntryId,
    pub key: Key,
    pub facts: StoredFacts,
    pub head: Vec<u8>,
    pub body: u64,
}

/// The cache under test.
pub struct Core {
    config: Config,
    pub items: Vec<Item>,
    pub last_id: u64,
    pub full: bool,
    /// Every reason that was given, and the names of the actions.
    pub reasons: Vec<Reason>,
    pub actions: Vec<&'static str>,
}

impl Core {
    pub fn new(options: &Options) -> Self {
        Self {
            config: config(options),
            items: Vec::new(),
            last_id: 0,
            full: false,
            reasons: Vec::new(),
            actions: Vec::new(),
        }
    }

    pub fn item(&self, id: EntryId) -> &Item {
        self.items
            .iter()
            .find(|item| item.id == id)
            .expect("an id of the store")
    }

    pub fn item_mut(&mut self, id: EntryId) -> &mut Item {
        self.items
            .iter_mut()
            .find(|item| item.id == id)
            .expect("an id of the store")
    }

    pub fn step(&mut self, request: &Request, world: &mut dyn World, background: bool) -> Outcome {
        let Core { config, .. } = *self;
        let head = RequestHead {
            method: &request.method,
            target: Target::parse(&request.uri).unwrap(),
            partition: Partition::new(u128::from(request.user)),
            headers: request.lines.as_slice(),
        };
        let mut exchange = Exchange::new(&config, SEED);
        let action = if background {
            exchange.start_background(&head)
        } else {
            exchange.start(&head)
        };
        let run = Run {
            core: self,
            request,
            head,
            exchange,
            world,
            got: None,
            forwards: Vec::new(),
            place: None,
        };
        run.until_the_end(action)
    }
}
