//! A faucet, asked once: the operator gets what a request gives, and has to wait for more.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::U256,
    rpc::types::{Filter, Log},
    sol_types::{SolCall, SolError, SolEvent},
};
use tminus_chain::{
    evidence::Finding,
    outbox::{Intent, IntentKey, Until},
    rpc::{BlockRef, RpcError},
};
use tminus_contracts::bindings::{LivepeerToken, LivepeerTokenFaucet as abi};
use tminus_genesis::{
    deployment::Deployment,
    profile::{Distribution, Faucet},
};

use super::{claims::refused, scene::Scene};
use crate::{commands::connect::classify_outbox, exit::Failure, narrative::Stage, report::data::Claims};

/// The key of the one request.
pub(super) const KEY: &str = "rehearsal/faucet/request";

fn terms(scene: &Scene) -> Result<&Faucet, Failure> {
    match &scene.profile.distribution {
        Distribution::Faucet(faucet) => Ok(faucet),
        _ => Err(Failure::Failed("only a faucet can be asked".to_owned())),
    }
}

/// Asks, unless the operator has asked before.
pub(super) async fn ask(scene: &Scene, deployment: &Deployment, stage: &mut Stage<'_>) -> Result<Claims, Failure> {
    let (faucet, address) = (terms(scene)?, deployment.addresses.distribution);
    let next = abi::nextValidRequestCall { account: scene.operator };
    let next = scene.rpc.view(address, next, BlockId::latest()).await.map_err(Failure::halted)?;
    if next.is_zero() {
        let request = abi::requestCall {}.abi_encode();
        let intent = Intent::new(IntentKey::new(KEY), scene.operator, Some(address), request);
        scene.outbox.execute(vec![intent], Until::Mined).await.map_err(classify_outbox)?;
        stage.step(&format!("the operator asked once and got {}", scene.profile.display_amount(faucet.request_amount)));
    } else {
        stage.found("one request");
    }
    Ok(Claims {
        contract: "LivepeerTokenFaucet".to_owned(),
        address,
        note: "The crowd's part is in a faucet, from which everybody can ask for the same once in a while. There is no list. \
               The operator asked once."
            .to_owned(),
        root: None,
        possible: None,
        made: 1,
        each: faucet.request_amount,
        total: scene.profile.supply.crowd,
    })
}

/// What the chain says of it: the checks `faucet.*`, as of the block of the request.
pub(super) async fn look(scene: &Scene, deployment: &Deployment) -> Result<Vec<Finding>, Failure> {
    let (faucet, address, operator) = (terms(scene)?, deployment.addresses.distribution, scene.operator);
    let rpc = &scene.rpc;
    let request = request(scene, deployment).await.map_err(Failure::halted)?;
    let at = BlockId::number(request.number);
    let source = |what: &str| format!("{what} at block {}", request.number);
    let balance =
        async |account| rpc.view(deployment.addresses.token, LivepeerToken::balanceOfCall { account }, at).await;
    let next = rpc.view(address, abi::nextValidRequestCall { account: operator }, at).await;
    let wait = U256::from(request.timestamp + faucet.request_wait);
    let error = "FaucetTooEarly";
    let selector = abi::FaucetTooEarly::SELECTOR;
    let again = refused(rpc, operator, address, abi::requestCall {}.abi_encode().into(), at, (error, selector)).await;
    let rest = scene.profile.supply.crowd - faucet.request_amount;
    let given = source(&format!("balanceOf({operator})"));
    Ok(vec![
        Finding::compare("faucet.given", "", given, &faucet.request_amount, balance(operator).await),
        Finding::compare("faucet.wait", "next request", source("nextValidRequest"), &wait, next),
        Finding::compare("faucet.wait", "too early", source("request()"), &format!("reverts with {error}"), again),
        Finding::compare("faucet.left", "", source(&format!("balanceOf({address})")), &rest, balance(address).await),
    ])
}

/// The block of the operator's request.
async fn request(scene: &Scene, deployment: &Deployment) -> Result<BlockRef, RpcError> {
    let filter = Filter::new()
        .address(deployment.addresses.distribution)
        .event_signature(abi::Request::SIGNATURE_HASH)
        .topic1(scene.operator.into_word())
        .from_block(deployment.first_block)
        .to_block(BlockNumberOrTag::Latest);
    let logs: Vec<Log> = scene.rpc.request("eth_getLogs", (filter,)).await?;
    let number = logs.first().and_then(|log| log.block_number).ok_or_else(|| RpcError::NoAnswer {
        label: scene.rpc.label().to_owned(),
        method: "eth_getLogs",
        reason: "the operator's request is not in its logs".to_owned(),
    })?;
    scene.rpc.block(BlockNumberOrTag::Number(number)).await
}
