//! `--policy`: what the file does not allow is not signed, and a file that is not understood guards nothing and is refused.

mod support;

use std::path::Path;

use alloy::{eips::BlockId, primitives::Address};
use support::{node::Anvil, program::tminus};

const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/// A genesis under the rules of `policy`: its exit code has to be `code`; its error.
async fn genesis_under(folder: &Path, policy: &str, code: i32, anvil: &Anvil) -> String {
    std::fs::write(folder.join("policy.toml"), policy).unwrap();
    let genesis = ["genesis", "apply", "--rehearsal", "--recipients", "list.csv", "--dev-keys", "0", "--yes", "--json"];
    let under = ["--policy", "policy.toml", "--rpc", &anvil.url];
    let error = tminus(folder, &[&genesis[..], &under].concat()).ended(code).error();
    let deployer: Address = DEPLOYER.parse().unwrap();
    assert_eq!(anvil.rpc.nonce(deployer, BlockId::latest()).await.unwrap(), 0, "nothing was signed: {error}");
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_policy_does_not_allow_is_not_signed() {
    let anvil = Anvil::spawn(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let sample = ["distro", "sample", "--count", "100", "--seed", "7", "--total", "6343700", "--out", "list.csv"];
    tminus(path, &sample).ended(0);

    // a rule that is misspelt, an amount without its unit
    let error = genesis_under(path, "max_dayly_cost = \"1 ether\"\n", 2, &anvil).await;
    assert!(error.contains("--policy: policy.toml") && error.contains("max_dayly_cost"), "{error}");
    let error = genesis_under(path, "max_value = \"1\"\n", 2, &anvil).await;
    assert!(error.contains("max_value"), "{error}");

    // calls of one account are allowed, the creation of contracts is not
    let error = genesis_under(path, &format!("allow = [{{ to = \"{DEPLOYER}\", any = true }}]\n"), 1, &anvil).await;
    assert!(error.contains("rule `allow`") && error.contains("the creation of a contract"), "{error}");
    let error = genesis_under(path, "max_gas = 21000\n", 1, &anvil).await;
    assert!(error.contains("rule `max_gas`"), "{error}");

    tminus(
        path,
        &[
            "genesis",
            "apply",
            "--rehearsal",
            "--recipients",
            "list.csv",
            "--dev-keys",
            "0",
            "--yes",
            "--rpc",
            &anvil.url,
        ],
    )
    .ended(0);
}
