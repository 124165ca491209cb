//! ABIs of the committed contracts, for explorers and SDKs.
//!
//! JSON is the bare array that an explorer's "Contract ABI" field takes. TypeScript is the same array as a constant with a
//! const assertion, from which viem, wagmi and abitype infer the types of every call; the constant is called as wagmi's own
//! generator calls it, `bondingManagerAbi`. Entries stand in the compiler's order, so that a diff shows what changed.

use serde_json::Value;

use crate::artifact::Artifact;

/// The file beside the TypeScript files that exports all of them.
pub const INDEX_FILE: &str = "index.ts";

/// What an ABI is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A bare array.
    Json,
    /// An exported constant.
    TypeScript,
}

impl Format {
    /// The name of a contract's file.
    #[must_use]
    pub fn file(self, contract: &str) -> String {
        match self {
            Self::Json => format!("{contract}.json"),
            Self::TypeScript => format!("{contract}.ts"),
        }
    }

    /// The contents of a contract's file.
    #[must_use]
    pub fn write(self, artifact: &Artifact) -> String {
        let array = pretty(&artifact.abi_entries);
        match self {
            Self::Json => format!("{array}\n"),
            Self::TypeScript => format!(
                "// ABI of {}. Written by `tminus contracts abi`, which writes over changes.\n\nexport const {} = {array} as const;\n",
                artifact.name,
                constant(&artifact.name),
            ),
        }
    }
}

/// The contents of [`INDEX_FILE`]: exports the constants of all `contracts`. The extension `.js` is what every module
/// resolution of TypeScript takes for the `.ts` file beside it.
#[must_use]
pub fn index<'a>(contracts: impl IntoIterator<Item = &'a str>) -> String {
    let line = |name: &str| format!("export {{ {} }} from \"./{name}.js\";\n", constant(name));
    let lines: String = contracts.into_iter().map(line).collect();
    format!("// ABIs. Written by `tminus contracts abi`, which writes over changes.\n\n{lines}")
}

/// The name of a contract's constant: camel case with `Abi` behind it, an acronym taken as one word (`plainErc20Abi`).
fn constant(contract: &str) -> String {
    let letters: Vec<char> = contract.chars().collect();
    let mut name = String::with_capacity(contract.len() + 3);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || letters.get(at + 1).is_some_and(char::is_ascii_lowercase)
            });
        name.push(if begins { *letter } else { letter.to_ascii_lowercase() });
    }
    name + "Abi"
}

fn pretty(value: &Value) -> String {
    // a Value's keys are strings and no writer is involved: this cannot fail
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloy::json_abi::JsonAbi;

    use super::*;
    use crate::artifact;

    #[test]
    fn json_reads_back_as_the_same_abi_in_the_compilers_order() {
        for (name, artifact) in artifact::all() {
            let text = Format::Json.write(artifact);
            assert_eq!(serde_json::from_str::<JsonAbi>(&text).unwrap(), artifact.abi, "{name}");
            let file = format!("{}/artifacts/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let committed: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), committed["abi"], "{name}");
            assert!(text.starts_with("[\n  {\n    \"") && text.ends_with("\n]\n"), "{name}");
        }
    }

    #[test]
    fn typescript_is_the_same_array_as_a_constant() {
        for (name, artifact) in artifact::all() {
            let text = Format::TypeScript.write(artifact);
            let (head, array) = text.split_once(" = ").unwrap();
            assert_eq!(head.lines().last().unwrap(), format!("export const {}", constant(name)));
            let array = array.strip_suffix(" as const;\n").unwrap();
            assert_eq!(format!("{array}\n"), Format::Json.write(artifact), "{name}");
        }
    }

    /// The names that wagmi's generator gives the same contracts.
    #[test]
    fn constants_are_called_as_wagmi_calls_them() {
        for (contract, expected) in [
            ("Controller", "controllerAbi"),
            ("LivepeerTokenFaucet", "livepeerTokenFaucetAbi"),
            ("PlainERC20", "plainErc20Abi"),
            ("ERC20", "erc20Abi"),
            ("MintableERC721Token", "mintableErc721TokenAbi"),
            ("V2Router3x", "v2Router3xAbi"),
        ] {
            assert_eq!(constant(contract), expected);
        }
    }

    #[test]
    fn no_two_contracts_share_a_constant() {
        let constants: std::collections::BTreeSet<_> = artifact::all().keys().map(|name| constant(name)).collect();
        assert_eq!(constants.len(), artifact::all().len());
    }

    #[test]
    fn the_index_exports_each_once() {
        let text = index(["Minter", "PlainERC20"]);
        let lines: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(
            lines,
            ["export { minterAbi } from \"./Minter.js\";", "export { plainErc20Abi } from \"./PlainERC20.js\";"]
        );
    }
}
