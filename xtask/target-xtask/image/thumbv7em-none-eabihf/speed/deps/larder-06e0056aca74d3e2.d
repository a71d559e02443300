/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/larder-06e0056aca74d3e2.d: /work/main/core/src/lib.rs /work/main/core/src/facts/mod.rs /work/main/core/src/facts/config.rs /work/main/core/src/facts/hash.rs /work/main/core/src/facts/key.rs /work/main/core/src/facts/request.rs /work/main/core/src/facts/response.rs /work/main/core/src/facts/stored.rs /work/main/core/src/facts/time.rs /work/main/core/src/facts/vary.rs /work/main/core/src/rules/mod.rs /work/main/core/src/rules/derive.rs /work/main/core/src/rules/freshness.rs /work/main/core/src/rules/invalidate.rs /work/main/core/src/rules/merge.rs /work/main/core/src/rules/reason.rs /work/main/core/src/rules/reuse.rs /work/main/core/src/rules/select.rs /work/main/core/src/rules/storable.rs /work/main/core/src/rules/validate.rs /work/main/core/src/state/mod.rs /work/main/core/src/state/action.rs /work/main/core/src/state/cache_miss.rs /work/main/core/src/state/context.rs /work/main/core/src/state/could_not_be_stored.rs /work/main/core/src/state/exchange.rs /work/main/core/src/state/exchange/answer.rs /work/main/core/src/state/exchange/lookup.rs /work/main/core/src/state/exchange/outcome.rs /work/main/core/src/state/from_cache.rs /work/main/core/src/state/gateway_timeout.rs /work/main/core/src/state/idle_client.rs /work/main/core/src/state/invalidate_entries.rs /work/main/core/src/state/need_revalidation.rs /work/main/core/src/state/need_to_be_updated.rs /work/main/core/src/state/served.rs /work/main/core/src/state/store_and_use.rs /work/main/core/src/store/mod.rs /work/main/core/src/store/invalidations.rs /work/main/core/src/store/packed.rs /work/main/core/src/store/traits.rs /work/main/core/src/syntax/mod.rs /work/main/core/src/syntax/ascii.rs /work/main/core/src/syntax/cache_control.rs /work/main/core/src/syntax/date.rs /work/main/core/src/syntax/decimal.rs /work/main/core/src/syntax/etag.rs /work/main/core/src/syntax/head.rs /work/main/core/src/syntax/list.rs /work/main/core/src/syntax/name.rs /work/main/core/src/syntax/reference.rs /work/main/core/src/syntax/target.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/liblarder-06e0056aca74d3e2.rlib: /work/main/core/src/lib.rs /work/main/core/src/facts/mod.rs /work/main/core/src/facts/config.rs /work/main/core/src/facts/hash.rs /work/main/core/src/facts/key.rs /work/main/core/src/facts/request.rs /work/main/core/src/facts/response.rs /work/main/core/src/facts/stored.rs /work/main/core/src/facts/time.rs /work/main/core/src/facts/vary.rs /work/main/core/src/rules/mod.rs /work/main/core/src/rules/derive.rs /work/main/core/src/rules/freshness.rs /work/main/core/src/rules/invalidate.rs /work/main/core/src/rules/merge.rs /work/main/core/src/rules/reason.rs /work/main/core/src/rules/reuse.rs /work/main/core/src/rules/select.rs /work/main/core/src/rules/storable.rs /work/main/core/src/rules/validate.rs /work/main/core/src/state/mod.rs /work/main/core/src/state/action.rs /work/main/core/src/state/cache_miss.rs /work/main/core/src/state/context.rs /work/main/core/src/state/could_not_be_stored.rs /work/main/core/src/state/exchange.rs /work/main/core/src/state/exchange/answer.rs /work/main/core/src/state/exchange/lookup.rs /work/main/core/src/state/exchange/outcome.rs /work/main/core/src/state/from_cache.rs /work/main/core/src/state/gateway_timeout.rs /work/main/core/src/state/idle_client.rs /work/main/core/src/state/invalidate_entries.rs /work/main/core/src/state/need_revalidation.rs /work/main/core/src/state/need_to_be_updated.rs /work/main/core/src/state/served.rs /work/main/core/src/state/store_and_use.rs /work/main/core/src/store/mod.rs /work/main/core/src/store/invalidations.rs /work/main/core/src/store/packed.rs /work/main/core/src/store/traits.rs /work/main/core/src/syntax/mod.rs /work/main/core/src/syntax/ascii.rs /work/main/core/src/syntax/cache_control.rs /work/main/core/src/syntax/date.rs /work/main/core/src/syntax/decimal.rs /work/main/core/src/syntax/etag.rs /work/main/core/src/syntax/head.rs /work/main/core/src/syntax/list.rs /work/main/core/src/syntax/name.rs /work/main/core/src/syntax/reference.rs /work/main/core/src/syntax/target.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/liblarder-06e0056aca74d3e2.rmeta: /work/main/core/src/lib.rs /work/main/core/src/facts/mod.rs /work/main/core/src/facts/config.rs /work/main/core/src/facts/hash.rs /work/main/core/src/facts/key.rs /work/main/core/src/facts/request.rs /work/main/core/src/facts/response.rs /work/main/core/src/facts/stored.rs /work/main/core/src/facts/time.rs /work/main/core/src/facts/vary.rs /work/main/core/src/rules/mod.rs /work/main/core/src/rules/derive.rs /work/main/core/src/rules/freshness.rs /work/main/core/src/rules/invalidate.rs /work/main/core/src/rules/merge.rs /work/main/core/src/rules/reason.rs /work/main/core/src/rules/reuse.rs /work/main/core/src/rules/select.rs /work/main/core/src/rules/storable.rs /work/main/core/src/rules/validate.rs /work/main/core/src/state/mod.rs /work/main/core/src/state/action.rs /work/main/core/src/state/cache_miss.rs /work/main/core/src/state/context.rs /work/main/core/src/state/could_not_be_stored.rs /work/main/core/src/state/exchange.rs /work/main/core/src/state/exchange/answer.rs /work/main/core/src/state/exchange/lookup.rs /work/main/core/src/state/exchange/outcome.rs /work/main/core/src/state/from_cache.rs /work/main/core/src/state/gateway_timeout.rs /work/main/core/src/state/idle_client.rs /work/main/core/src/state/invalidate_entries.rs /work/main/core/src/state/need_revalidation.rs /work/main/core/src/state/need_to_be_updated.rs /work/main/core/src/state/served.rs /work/main/core/src/state/store_and_use.rs /work/main/core/src/store/mod.rs /work/main/core/src/store/invalidations.rs /work/main/core/src/store/packed.rs /work/main/core/src/store/traits.rs /work/main/core/src/syntax/mod.rs /work/main/core/src/syntax/ascii.rs /work/main/core/src/syntax/cache_control.rs /work/main/core/src/syntax/date.rs /work/main/core/src/syntax/decimal.rs /work/main/core/src/syntax/etag.rs /work/main/core/src/syntax/head.rs /work/main/core/src/syntax/list.rs /work/main/core/src/syntax/name.rs /work/main/core/src/syntax/reference.rs /work/main/core/src/syntax/target.rs

/work/main/core/src/lib.rs:
/work/main/core/src/facts/mod.rs:
/work/main/core/src/facts/config.rs:
/work/main/core/src/facts/hash.rs:
/work/main/core/src/facts/key.rs:
/work/main/core/src/facts/request.rs:
/work/main/core/src/facts/response.rs:
/work/main/core/src/facts/stored.rs:
/work/main/core/src/facts/time.rs:
/work/main/core/src/facts/vary.rs:
/work/main/core/src/rules/mod.rs:
/work/main/core/src/rules/derive.rs:
/work/main/core/src/rules/freshness.rs:
/work/main/core/src/rules/invalidate.rs:
/work/main/core/src/rules/merge.rs:
/work/main/core/src/rules/reason.rs:
/work/main/core/src/rules/reuse.rs:
/work/main/core/src/rules/select.rs:
/work/main/core/src/rules/storable.rs:
/work/main/core/src/rules/validate.rs:
/work/main/core/src/state/mod.rs:
/work/main/core/src/state/action.rs:
/work/main/core/src/state/cache_miss.rs:
/work/main/core/src/state/context.rs:
/work/main/core/src/state/could_not_be_stored.rs:
/work/main/core/src/state/exchange.rs:
/work/main/core/src/state/exchange/answer.rs:
/work/main/core/src/state/exchange/lookup.rs:
/work/main/core/src/state/exchange/outcome.rs:
/work/main/core/src/state/from_cache.rs:
/work/main/core/src/state/gateway_timeout.rs:
/work/main/core/src/state/idle_client.rs:
/work/main/core/src/state/invalidate_entries.rs:
/work/main/core/src/state/need_revalidation.rs:
/work/main/core/src/state/need_to_be_updated.rs:
/work/main/core/src/state/served.rs:
/work/main/core/src/state/store_and_use.rs:
/work/main/core/src/store/mod.rs:
/work/main/core/src/store/invalidations.rs:
/work/main/core/src/store/packed.rs:
/work/main/core/src/store/traits.rs:
/work/main/core/src/syntax/mod.rs:
/work/main/core/src/syntax/ascii.rs:
/work/main/core/src/syntax/cache_control.rs:
/work/main/core/src/syntax/date.rs:
/work/main/core/src/syntax/decimal.rs:
/work/main/core/src/syntax/etag.rs:
/work/main/core/src/syntax/head.rs:
/work/main/core/src/syntax/list.rs:
/work/main/core/src/syntax/name.rs:
/work/main/core/src/syntax/reference.rs:
/work/main/core/src/syntax/target.rs:
