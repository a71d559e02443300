//! Threads of the cache end. In a process of its own, because it counts those of the process.
#![cfg(all(target_os = "linux", not(feature = "cookies")))]

mod origin;

use std::time::Duration;

use larder_ureq::{Cache, CacheInfo, MemoryStore, Outcome};
use origin::{Origin, Reply};

/// The threads that the cache has started and that are still there.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("larder-")).count()
}

#[test]
fn none_is_left_behind() {
    // Confirmed, replaced, broken off in the middle, and reset before anything came.
    let lines = [
        ("Cache-Control", "max-age=0, stale-while-revalidate=60"),
        ("ETag", "\"1\""),
    ];
    let origin = Origin::new(move |asked, _| {
        let whole = Reply::new(200, &lines, "hello");
        match (asked.field("if-none-match"), asked.path.as_str()) {
            (None, _) => whole,
            (_, "/confirmed") => Reply::new(304, &lines, ""),
            (_, "/replaced") => whole,
            (_, "/broken") => whole.clone().cut(whole.len() - 2).reset(),
            _ => whole.cut(0).reset(),
        }
    });
    let cache = Cache::new(MemoryStore::new(1 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    let mut stale = 0;
    for _ in 0..3 {
        for path in ["/confirmed", "/replaced", "/broken", "/reset"] {
            let mut response = agent.get(origin.url(path)).call().unwrap();
            let outcome = CacheInfo::of(&response).unwrap().outcome();
            stale += u32::from(outcome == Outcome::Stale);
            assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
        }
    }
    assert!(cache.wait(Duration::from_secs(60)));
    assert!(stale > 0 && cache.stats().background > 0);
    // They have done their work; the last of them may still be on its way out.
    for _ in 0..6000 {
        if threads() == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} threads are left", threads());
}
