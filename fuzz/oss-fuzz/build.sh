#!/bin/bash -eu
# Builds the targets for OSS-Fuzz and ClusterFuzzLite: each with its corpus and the dictionary.
cd "$SRC/larder/fuzz"
cargo fuzz build -O
for source in fuzz_targets/*.rs; do
  target=$(basename "$source" .rs)
  cp "target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
  (cd "corpus/$target" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
  cp http.dict "$OUT/$target.dict"
done
