//! One cache, many threads.

mod origin;

use larder_ureq::{Cache, MemoryStore};
use origin::{Origin, Reply};

#[test]
fn sixty_four_threads() {
    let origin = Origin::new(|asked, _| {
        let lines = match asked.path.len() % 3 {
            0 => [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")],
            1 => [("Cache-Control", "no-cache"), ("ETag", "\"1\"")],
            _ => [
                ("Cache-Control", "max-age=0, stale-while-revalidate=9"),
                ("ETag", "\"1\""),
            ],
        };
        match asked.field("if-none-match") {
            Some(_) => Reply::new(304, &lines, ""),
            None => Reply::new(200, &lines, asked.path.repeat(50)),
        }
    });
    let cache = Cache::new(MemoryStore::new(16_000));
    let agent = cache.agent(|builder| builder.proxy(None));
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let (agent, origin, cache) = (agent.clone(), &origin, &cache);
            scope.spawn(move || {
                for round in 0..20 {
                    let path = format!("/{}", "x".repeat((thread * 7 + round) % 12));
                    let mut response = agent.get(origin.url(&path)).call().unwrap();
                    assert_eq!(response.body_mut().read_to_string().unwrap(), path.repeat(50));
                    match (thread, round) {
                        (0, 5) => cache.clear().unwrap(),
                        (1, _) => drop(agent.post(origin.url(&path)).send("x").unwrap()),
                        (2, _) => drop(cache.remove(&origin.url(&path)).unwrap()),
                        _ => {}
                    }
                }
            });
        }
    });
    assert!(cache.wait(std::time::Duration::from_secs(10)));
    let stats = cache.stats();
    let answers = stats.hits + stats.stale_hits + stats.validations + stats.misses;
    assert!(answers >= 64 * 20, "{stats:?}");
    assert!(stats.hits > 0 && stats.validations > 0, "{stats:?}");
}
