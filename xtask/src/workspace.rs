//! What cargo knows about this workspace: where it is and which features the core has.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command;

/// The crate whose builds are checked on every target and with every feature.
pub const CORE: &str = "larder";

/// Features that need an operating system and are therefore left out on bare metal. The crate `http` is among them:
/// it refuses to build without the standard library.
const HOSTED: &[&str] = &["std", "http", "suite"];

/// The workspace as `cargo metadata` describes it.
pub struct Workspace {
    /// The folder that holds the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
    /// Every feature of the core except `default`, sorted.
    pub features: Vec<String>,
}

impl Workspace {
    /// Asks cargo about the workspace that this package lies in.
    pub fn load() -> Result<Self> {
        // as cargo sets it when it runs this program: the path known at compile time may be another checkout's
        let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into());
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let json = command::read(command::cargo().current_dir(package).args(arguments))?;
        let metadata: Value = serde_json::from_str(&json).context("cargo metadata is not JSON")?;
        let path = |field: &str| {
            metadata[field]
                .as_str()
                .map(PathBuf::from)
                .with_context(|| format!("cargo metadata has no {field}"))
        };
        let core = metadata["packages"]
            .as_array()
            .and_then(|packages| packages.iter().find(|package| package["name"] == CORE))
            .with_context(|| format!("the workspace has no package {CORE}"))?;
        let mut features: Vec<String> = core["features"]
            .as_object()
            .context("the core's features are no table")?
            .keys()
            .filter(|name| *name != "default")
            .cloned()
            .collect();
        features.sort();
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            features,
        })
    }

    /// A cargo command that runs in the workspace's root.
    pub fn cargo(&self) -> Command {
        let mut cargo = command::cargo();
        cargo.current_dir(&self.root);
        cargo
    }

    /// The feature sets that a hosted build is checked with: none, each alone, all.
    pub fn feature_sets(&self) -> Vec<FeatureSet> {
        sets(self.features.clone())
    }

    /// The same for a target without an operating system.
    pub fn bare_metal_feature_sets(&self) -> Vec<FeatureSet> {
        sets(
            self.features
                .iter()
                .filter(|name| !HOSTED.contains(&name.as_str()))
                .cloned()
                .collect(),
        )
    }
}

/// One choice of the core's features.
pub struct FeatureSet {
    /// How a report names it.
    pub label: String,
    /// The features that are on; nothing else is.
    features: Vec<String>,
}

impl FeatureSet {
    /// The arguments that make cargo build the core with exactly this set.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--package".into(), CORE.into(), "--no-default-features".into()];
        if !self.features.is_empty() {
            arguments.extend(["--features".into(), self.features.join(",")]);
        }
        arguments
    }
}

/// None, each alone, all: every feature is additive, so pairs add nothing that these do not reach.
fn sets(features: Vec<String>) -> Vec<FeatureSet> {
    let mut sets = vec![FeatureSet {
        label: "no features".into(),
        features: Vec::new(),
    }];
    sets.extend(features.iter().map(|name| FeatureSet {
        label: name.clone(),
        features: vec![name.clone()],
    }));
    if features.len() > 1 {
        sets.push(FeatureSet {
            label: "all together".into(),
            features,
        });
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(features: &[&str]) -> Vec<String> {
        let sets = sets(features.iter().map(|&name| name.to_owned()).collect());
        sets.into_iter().map(|set| set.label).collect()
    }

    #[test]
    fn every_feature_is_tried_alone_and_with_the_others() {
        assert_eq!(labels(&[]), ["no features"]);
        assert_eq!(labels(&["a"]), ["no features", "a"]);
        assert_eq!(labels(&["a", "b"]), ["no features", "a", "b", "all together"]);
    }

    #[test]
    fn the_features_are_read_from_the_manifest() {
        let workspace = Workspace::load().expect("cargo metadata");
        for hosted in HOSTED {
            assert!(
                workspace.features.iter().any(|name| name == hosted),
                "no feature {hosted}"
            );
        }
        let bare_metal = workspace.bare_metal_feature_sets();
        assert!(
            bare_metal
                .iter()
                .all(|set| set.features.iter().all(|name| !HOSTED.contains(&name.as_str())))
        );
        assert_eq!(bare_metal.len() + HOSTED.len(), workspace.feature_sets().len());
    }
}
