use alloy::primitives::{TxKind, U256, address};

use super::*;

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
    assert!(prove(&signed, from, &TxEip1559 { value: U256::from(6), ..transfer() }).is_err(), "another value");
    assert!(prove(&Signed { hash: B256::ZERO, ..signed.clone() }, from, &transfer()).is_err(), "another hash");
    let mut flipped = signed.raw.to_vec();
    for at in 0..flipped.len() {
        flipped[at] ^= 1;
        let changed = Signed { raw: flipped.clone().into(), hash: keccak256(&flipped) };
        assert!(prove(&changed, from, &transfer()).is_err(), "bit flipped in byte {at}");
        flipped[at] ^= 1;
    }
}

#[test]
fn a_keystore_opens_with_its_password_and_errors_keep_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "correct horse battery staple";
    let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, 3);
    let (_, name) =
        PrivateKeySigner::encrypt_keystore(folder.path(), &mut alloy_rng(), key.to_bytes(), secret, Some("key"))
            .unwrap();
    assert!(!name.is_empty());
    let (file, password) = (folder.path().join("key"), folder.path().join("password"));
    std::fs::write(&password, format!("{secret}\n")).unwrap();
    let signers = Signers::keystore(&file, &password).unwrap();
    assert_eq!(signers.addresses(), [key.address()]);

    std::fs::write(&password, "wrong horse").unwrap();
    let error = Signers::keystore(&file, &password).unwrap_err();
    assert!(matches!(error, SignerError::WrongPassword { .. }));
    assert!(!format!("{error} {error:?}").contains("horse"));

    let missing = Signers::keystore(&folder.path().join("none"), &password).unwrap_err();
    assert!(matches!(missing, SignerError::Unreadable { .. }));
    for text in ["", "not json", "{}", "{\"version\": 1, \"crypto\": {}}"] {
        std::fs::write(&file, text).unwrap();
        assert!(matches!(Signers::keystore(&file, &password), Err(SignerError::NotKeystore(_))), "{text}");
    }
}

fn alloy_rng() -> impl alloy::signers::k256::elliptic_curve::rand_core::CryptoRngCore {
    alloy::signers::k256::elliptic_curve::rand_core::OsRng
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
