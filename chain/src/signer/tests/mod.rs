//! - here: what every key has in common, and the proof
//! - `local`: keystores of the Web3 Secret Storage definition, good and bad; `password`: where passwords come from
//! - `remote`: a remote signer that does what is asked, and one that does anything else; `server`: the stand-in
//! - `account`: kinds of accounts on the embedded chain; `engine`: a remote signer that fails in the middle of a run

mod account;
mod engine;
mod local;
mod password;
mod remote;
mod server;

use alloy::{
    consensus::transaction::SignerRecoverable,
    eips::eip2718::Decodable2718,
    primitives::{TxKind, U256, address},
    signers::{SignerSync, local::MnemonicBuilder},
};

use super::{local::DEV_MNEMONIC, prove::prove, *};

fn transfer() -> TxEip1559 {
    TxEip1559 {
        chain_id: 31337,
        nonce: 7,
        gas_limit: 21_000,
        max_fee_per_gas: 100,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(Address::repeat_byte(1)),
        value: U256::from(5),
        access_list: Default::default(),
        input: Bytes::from_static(&[1, 2, 3]),
    }
}

/// `tx` signed with the `index`-th development key.
fn signed_by(index: u32, tx: &TxEip1559) -> Signed {
    let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, index);
    assemble(tx, key.sign_hash_sync(&tx.signature_hash()).unwrap())
}

#[test]
fn the_development_keys_sign_for_development_chains_only() {
    let signers = Signers::dev(31337, 2).unwrap();
    let known =
        [address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")];
    assert_eq!(signers.addresses(), known);
    for chain_id in [1, 11_155_111, 42_161, 0] {
        assert!(matches!(Signers::dev(chain_id, 1), Err(SignerError::NotDev(id)) if id == chain_id));
    }
}

#[tokio::test]
async fn a_signature_decodes_to_what_was_asked_and_by_whom() {
    let signers = Signers::dev(31337, 2).unwrap();
    for from in signers.addresses() {
        let signed = signers.sign(from, transfer()).await.unwrap();
        let decoded = TxEnvelope::decode_2718_exact(&signed.raw).unwrap();
        assert_eq!(decoded.recover_signer().unwrap(), from);
        assert_eq!(decoded.as_eip1559().unwrap().tx(), &transfer());
        assert_eq!(keccak256(&signed.raw), signed.hash);
        assert_eq!(signers.sign(from, transfer()).await.unwrap(), signed, "signatures are deterministic");
    }
    let stranger = Address::repeat_byte(9);
    assert!(matches!(signers.sign(stranger, transfer()).await, Err(SignerError::NoKey(who)) if who == stranger));
}

#[tokio::test]
async fn bytes_that_are_not_what_was_asked_are_not_sent() {
    let signers = Signers::dev(31337, 2).unwrap();
    let [from, other] = signers.addresses()[..] else { panic!("two keys") };
    let signed = signers.sign(from, transfer()).await.unwrap();
    assert!(prove(&signed, from, &transfer()).is_ok());
    assert!(prove(&signed, other, &transfer()).is_err(), "another sender");
    assert!(prove(&Signed { hash: B256::ZERO, ..signed.clone() }, from, &transfer()).is_err(), "another hash");
    let mut flipped = signed.raw.to_vec();
    for at in 0..flipped.len() {
        flipped[at] ^= 1;
        let changed = Signed { raw: flipped.clone().into(), hash: keccak256(&flipped) };
        assert!(prove(&changed, from, &transfer()).is_err(), "bit flipped in byte {at}");
        flipped[at] ^= 1;
    }
    let longer = [&signed.raw[..], &[0]].concat();
    let longer = Signed { hash: keccak256(&longer), raw: longer.into() };
    assert!(prove(&longer, from, &transfer()).is_err(), "a byte more");
}

#[test]
fn the_proof_names_the_field_that_differs() {
    let from = Signers::dev(31337, 1).unwrap().addresses()[0];
    let asked = transfer();
    let cases = [
        (TxEip1559 { chain_id: 1, ..transfer() }, "chain id is 1 and not 31337"),
        (TxEip1559 { nonce: 8, ..transfer() }, "nonce is 8 and not 7"),
        (TxEip1559 { gas_limit: 21_001, ..transfer() }, "gas limit"),
        (TxEip1559 { max_fee_per_gas: 101, ..transfer() }, "maxFeePerGas is 101"),
        (TxEip1559 { max_priority_fee_per_gas: 2, ..transfer() }, "maxPriorityFeePerGas"),
        (TxEip1559 { to: TxKind::Call(Address::repeat_byte(2)), ..transfer() }, "it goes to"),
        (TxEip1559 { to: TxKind::Create, ..transfer() }, "it goes to"),
        (TxEip1559 { value: U256::from(6), ..transfer() }, "value is 6 and not 5"),
        (TxEip1559 { input: Bytes::from_static(&[1, 2, 4]), ..transfer() }, "data differs"),
        (TxEip1559 { access_list: vec![Default::default()].into(), ..transfer() }, "access list"),
    ];
    for (other, words) in cases {
        let error = prove(&signed_by(0, &other), from, &asked).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }
}

#[test]
fn no_key_is_ever_printed() {
    let signers = Signers::dev(31337, 3).unwrap();
    let printed = format!("{signers:?} {signers:#?}");
    for index in 0..3 {
        let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, index);
        assert!(printed.contains(&format!("{:?}", key.address())));
        assert!(!printed.contains(&alloy::primitives::hex::encode(key.to_bytes())));
    }
}

#[test]
fn a_ledger_path_is_an_account_or_a_path() {
    let read = |text: &str| text.parse::<LedgerPath>();
    assert_eq!(read("3").unwrap(), LedgerPath::Live(3));
    assert_eq!(read("live:0").unwrap().to_string(), "m/44'/60'/0'/0/0");
    assert_eq!(read("legacy:7").unwrap().to_string(), "m/44'/60'/0'/7");
    assert_eq!(read("m/44'/60'/1'/0/2").unwrap(), LedgerPath::Other("m/44'/60'/1'/0/2".to_owned()));
    for bad in ["", "m/", "m", "m/44''", "m/x", "m/-1", "m/+1", "44'/60'", "live:", "legacy:-1", "2147483648", "m/1/"] {
        let error = read(bad).unwrap_err();
        assert!(error.contains("m/44'/60'"), "{bad}: {error}");
    }
    assert!(read(&"/1".repeat(11).replacen('/', "m/", 1)).is_err(), "eleven steps");
}

#[cfg(not(feature = "ledger"))]
#[tokio::test]
async fn a_program_without_ledger_support_says_so() {
    let error = Signers::ledger(&LedgerPath::Live(0), 1).await.unwrap_err();
    assert!(error.to_string().contains("--features ledger"), "{error}");
}
