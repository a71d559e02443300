#!/usr/bin/env bash
# The fallback of `cargo xtask targets`, for a machine where rustup cannot download: Debian's toolchain, with the
# libraries of the targets given as arguments built from Debian's own source of the same version. Needs root.
#
# Afterwards `rustup run debian cargo build --target T` is an ordinary stable build, in which unstable features are
# rejected as they are for any user; -Zbuild-std in every build would let them pass.
set -euo pipefail
bin=/usr/bin # Debian's own, whatever else the PATH puts first

if ! [ -x "$bin/rustc" ] || ! [ -x "$bin/cargo" ] || ! [ -x "$bin/rust-lld" ]; then
  apt-get update
  apt-get install -y --no-install-recommends rustc-web cargo-web rust-web-src rust-web-llvm
  # the linker is a link into the package lld-N of the compiler's own LLVM version N, which is only recommended
  [ -x "$bin/rust-lld" ] || apt-get install -y --no-install-recommends "$(basename "$(readlink "$bin/rust-lld")")"
fi
rustup toolchain link debian "$(dirname "$bin")"

sysroot=$("$bin/rustc" --print sysroot)
version=$("$bin/rustc" --version)
seed=$(mktemp -d)
trap 'rm -rf "$seed"' EXIT
mkdir "$seed/src"
echo '#![no_std]' > "$seed/src/lib.rs"
cat > "$seed/Cargo.toml" <<'TOML'
[package]
name = "sysroot-seed"
version = "0.0.0"
edition = "2024"
[profile.release]
debug = 0
panic = "abort"
[workspace]
TOML

for target in "$@"; do
  lib="$sysroot/lib/rustlib/$target/lib"
  # the stamp names the compiler, so that an upgrade of the packages rebuilds
  if [ "$(cat "$lib/.built-by" 2>/dev/null || true)" = "$version" ]; then
    echo "$target: up to date"
    continue
  fi
  # embed-bitcode: cargo leaves it out when the profile has no LTO, and the images need it for theirs
  env -u RUSTUP_TOOLCHAIN -u CARGO RUSTC="$bin/rustc" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
    CARGO_TARGET_DIR="$seed/target" \
    "$bin/cargo" build --quiet --release --manifest-path "$seed/Cargo.toml" -Zbuild-std=core,alloc --target "$target"
  rm -rf "$lib"
  mkdir -p "$lib"
  for crate in core alloc compiler_builtins; do
    cp "$seed/target/$target/release/deps/lib$crate"-*.rlib "$lib/"
  done
  echo "$version" > "$lib/.built-by"
  echo "$target: built"
done
