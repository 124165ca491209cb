use std::time::{Duration, Instant};

use alloy::primitives::{U256, hex};
use serde_json::{Value, json};

use super::{
    server::{Act, Server},
    *,
};

pub(super) fn options(url: &str) -> RemoteOptions {
    RemoteOptions {
        url: url.to_owned(),
        identity: None,
        authority: None,
        token: None,
        timeout: Duration::from_secs(20),
    }
}

pub(super) fn account(index: usize) -> Address {
    Signers::dev(31337, 3).unwrap().addresses()[index]
}

/// A signer that has the first account and answers a request for a signature with `act`.
async fn signing(act: impl Fn(&Value) -> Act + Send + Sync + 'static) -> Server {
    Server::start(move |method, params| match method {
        "eth_accounts" => Act::Result(json!([account(0)])),
        "eth_signTransaction" => act(&params[0]),
        other => panic!("nobody asks a signer for {other}"),
    })
    .await
}

/// What comes of asking such a signer for a signature.
async fn sign(act: Act) -> Result<Signed, SignerError> {
    let server = signing(move |_| act.clone()).await;
    Signers::remote(&options(&server.url), None).await?.sign(account(0), transfer()).await
}

/// The transaction in a request, read as the signers read it: quantities in hex, data from the field `data_field`.
pub(super) fn read(request: &Value, chain_id: u64, data_field: &str) -> TxEip1559 {
    let number = |name: &str| request[name].as_str().unwrap().parse::<U256>().unwrap();
    TxEip1559 {
        chain_id,
        nonce: number("nonce").to(),
        gas_limit: number("gas").to(),
        max_fee_per_gas: number("maxFeePerGas").to(),
        max_priority_fee_per_gas: number("maxPriorityFeePerGas").to(),
        to: request.get("to").map_or(TxKind::Create, |to| TxKind::Call(to.as_str().unwrap().parse().unwrap())),
        value: number("value"),
        access_list: Default::default(),
        input: request[data_field].as_str().unwrap().parse().unwrap(),
    }
}

#[tokio::test]
async fn the_documented_signers_are_understood() {
    // web3signer: its own chain id, `data`, raw hex
    let web3signer = signing(|request| Act::Result(json!(signed_by(0, &read(request, 31337, "data")).raw))).await;
    // op-signer: `input`, no gasPrice, raw hex; clef and geth: an object with the raw bytes and the transaction
    let chain = |request: &Value| request["chainId"].as_str().unwrap().parse::<U256>().unwrap().to::<u64>();
    let op_signer = signing(move |request| {
        assert!(request.get("gasPrice").is_none());
        Act::Result(json!(signed_by(0, &read(request, chain(request), "input")).raw))
    })
    .await;
    let clef = signing(move |request| {
        let tx = read(request, chain(request), "input");
        Act::Result(json!({ "raw": signed_by(0, &tx).raw, "tx": { "type": "0x2" } }))
    })
    .await;
    let mut creation = transfer();
    creation.to = TxKind::Create;
    let mut large = transfer();
    (large.value, large.max_fee_per_gas) = (U256::from(u128::MAX), u128::from(u64::MAX) + 9);
    for server in [web3signer, op_signer, clef] {
        let signers = Signers::remote(&options(&server.url), None).await.unwrap();
        assert_eq!(signers.addresses(), [account(0)]);
        for tx in [transfer(), creation.clone(), large.clone()] {
            assert_eq!(signers.sign(account(0), tx.clone()).await.unwrap(), signed_by(0, &tx));
        }
        let asked = &server.asked()[1].body["params"][0];
        assert_eq!(asked["from"], json!(account(0)));
        assert_eq!(asked["chainId"], "0x7a69");
        assert_eq!(asked["gas"], "0x5208");
    }
}

#[tokio::test]
async fn an_answer_is_not_trusted() {
    let raw = |signed: Signed| Act::Result(json!(signed.raw));
    let other = |tx: TxEip1559| raw(signed_by(0, &tx));
    // the same signature mirrored: a node would refuse it (EIP-2)
    let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, 0);
    let low = key.sign_hash_sync(&transfer().signature_hash()).unwrap();
    let order = U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    let high = Signature::new(low.r(), order - low.s(), !low.v());
    let zero = Signature::new(U256::ZERO, U256::ZERO, false);
    let cases = [
        (other(TxEip1559 { nonce: 8, ..transfer() }), "nonce is 8"),
        (other(TxEip1559 { to: TxKind::Call(Address::repeat_byte(2)), ..transfer() }), "it goes to"),
        (other(TxEip1559 { chain_id: 1, ..transfer() }), "chain id is 1 and not 31337"),
        (raw(signed_by(1, &transfer())), "the signature is of"),
        (raw(assemble(&transfer(), high)), "of nobody"),
        (raw(assemble(&transfer(), zero)), "the signature is of"),
        (Act::Result(json!("0x")), "do not decode"),
        (Act::Result(json!("0x02c0")), "do not decode"),
        (Act::Result(json!("garbage")), "no raw transaction"),
        (Act::Result(json!(17)), "no raw transaction"),
        (Act::Result(json!({ "tx": {} })), "no raw transaction"),
        (Act::Result(json!([signed_by(0, &transfer()).raw])), "no raw transaction"),
    ];
    for (act, words) in cases {
        let words_of_act = format!("{act:?}");
        let error = sign(act).await.unwrap_err();
        assert!(matches!(error, SignerError::BadSignature { .. }), "{words_of_act}: {error}");
        assert!(error.to_string().contains(words), "{words_of_act}: {error}");
        assert!(!error.may_pass(), "{error}");
    }
}

#[tokio::test]
async fn a_legacy_transaction_is_not_what_was_asked_for() {
    let tx = alloy::consensus::TxLegacy { chain_id: Some(31337), ..Default::default() };
    let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, 0);
    let signed = TxEnvelope::Legacy(tx.clone().into_signed(key.sign_hash_sync(&tx.signature_hash()).unwrap()));
    let error = sign(Act::Result(json!(Bytes::from(signed.encoded_2718())))).await.unwrap_err();
    assert!(error.to_string().contains("type 0"), "{error}");
}

#[tokio::test]
async fn no_answer_may_pass_and_a_refusal_does_not() {
    let passing = [
        (Act::Cut, "broke off"),
        (Act::Http(500, "oops".to_owned()), "HTTP status 500"),
        (Act::Http(503, "<html>".to_owned()), "HTTP status 503"),
        (Act::Http(429, String::new()), "HTTP status 429"),
        (Act::Http(200, "<html>".to_owned()), "no JSON-RPC"),
        (Act::Http(200, r#"{"jsonrpc":"2.0","id":2,"result":"0x"}"#.to_owned()), "no JSON-RPC"),
        (Act::Http(200, r#"{"jsonrpc":"2.0","id":1,"result":null}"#.to_owned()), "no JSON-RPC"),
        (Act::Http(200, "x".repeat(2 << 20)), "too long"),
    ];
    for (act, words) in passing {
        let error = sign(act).await.unwrap_err();
        assert!(error.may_pass() && error.to_string().contains(words), "{error}");
    }
    let lasting = [
        (Act::Error(-32000, "signing from is not an unlocked account".to_owned()), "not an unlocked account"),
        (Act::Http(400, r#"{"id":1,"error":{"code":-32602,"message":"invalid params"}}"#.to_owned()), "invalid params"),
        (Act::Http(401, String::new()), "HTTP status 401"),
        // to the address in its Location nobody goes
        (Act::Http(307, String::new()), "HTTP status 307"),
    ];
    for (act, words) in lasting {
        let error = sign(act).await.unwrap_err();
        assert!(matches!(error, SignerError::Refused { .. }), "{error}");
        assert!(!error.may_pass() && error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_signer_that_is_slow_or_gone_gives_no_answer() {
    let server = signing(|_| Act::Hang).await;
    let patient = RemoteOptions { timeout: Duration::from_millis(300), ..options(&server.url) };
    let signers = Signers::remote(&patient, None).await.unwrap();
    let begun = Instant::now();
    let error = signers.sign(account(0), transfer()).await.unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("took too long"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    let port = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    let error = Signers::remote(&options(&format!("http://127.0.0.1:{port}")), None).await.unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("could not be reached"), "{error}");
}

#[tokio::test]
async fn its_words_are_cut_and_hold_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "s3cr3t-t0ken\n").unwrap();
    let words = format!(
        "no\u{1b}[31m key\nfor token s3cr3t-t0ken at https://user:hunter2@vault.example.org/v1?key=hunter3 {}",
        "x".repeat(5_000)
    );
    let server = signing(move |_| Act::Error(-32000, words.clone())).await;
    let with_token = RemoteOptions { token: Some(token), ..options(&server.url) };
    let signers = Signers::remote(&with_token, None).await.unwrap();
    let error = signers.sign(account(0), transfer()).await.unwrap_err().to_string();
    assert!(error.contains("https://vault.example.org") && error.contains("-32000"), "{error}");
    assert!(!error.contains("s3cr3t") && !error.contains("hunter") && !error.contains('\u{1b}'), "{error}");
    assert!(error.chars().count() < 500, "{error}");
    assert!(server.asked()[0].head.contains("authorization: bearer s3cr3t-t0ken"), "it is sent, though");
    assert!(!format!("{with_token:?} {signers:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn the_account_is_the_only_one_or_the_one_that_was_chosen() {
    let none = Server::start(|_, _| Act::Result(json!([]))).await;
    let error = Signers::remote(&options(&none.url), None).await.unwrap_err();
    assert!(error.to_string().contains("no account at all"), "{error}");

    let two = Server::start(|_, _| Act::Result(json!([account(0), account(1)]))).await;
    let error = Signers::remote(&options(&two.url), None).await.unwrap_err().to_string();
    assert!(error.contains("--from") && error.contains(&account(1).to_string()), "{error}");
    let chosen = Signers::remote(&options(&two.url), Some(account(1))).await.unwrap();
    assert_eq!(chosen.addresses(), [account(1)]);
    let error = Signers::remote(&options(&two.url), Some(account(2))).await.unwrap_err().to_string();
    assert!(error.contains(&format!("no key for {}", account(2))), "{error}");

    // op-signer knows no `eth_accounts`
    let silent = Server::start(|_, _| Act::Error(-32601, "the method does not exist".to_owned())).await;
    assert!(Signers::remote(&options(&silent.url), None).await.unwrap_err().to_string().contains("--from"));
    let named = Signers::remote(&options(&silent.url), Some(account(2))).await.unwrap();
    assert_eq!(named.addresses(), [account(2)]);

    let odd = Server::start(|_, _| Act::Result(json!(["0x12"]))).await;
    assert!(Signers::remote(&options(&odd.url), None).await.unwrap_err().to_string().contains("no addresses"));
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (text, empty) = (file("text", "no PEM"), file("empty", "\n"));
    let there = "https://signer.example.org";
    let cases = [
        (RemoteOptions { token: Some(text.clone()), ..options("http://signer.example.org") }, "in the clear"),
        (RemoteOptions { token: Some(empty), ..options(there) }, "does not hold one token"),
        (RemoteOptions { token: Some(text.clone()), ..options(there) }, "does not hold one token"),
        (RemoteOptions { identity: Some((text.clone(), text.clone())), ..options(there) }, "in PEM"),
        (RemoteOptions { authority: Some(text), ..options(there) }, "no certificate in PEM"),
        (RemoteOptions { authority: Some("no/such/file".into()), ..options(there) }, "no/such/file"),
        (options("ftp://user:hunter2@signer.example.org"), "not an http(s) URL"),
        (options("hunter2"), "not an http(s) URL"),
    ];
    for (options, words) in cases {
        let error = Signers::remote(&options, None).await.unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
    }
}
