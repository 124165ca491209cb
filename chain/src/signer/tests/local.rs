use std::path::PathBuf;

use alloy::primitives::hex;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// What the examples of the Web3 Secret Storage definition, version 3, hold, and under which password.
const EXAMPLE_KEY: [u8; 32] = hex!("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
const EXAMPLE_PASSWORD: &str = "testpassword";

/// An example of the definition.
fn pbkdf2() -> Value {
    json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144,
                "dklen": 32,
                "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    })
}

/// With the parameters that geth writes; made with Python's `hashlib.scrypt` and `openssl enc -aes-128-ctr`.
fn scrypt() -> Value {
    json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": "1f7119e7f028be5ef7b63f626fa62201" },
            "ciphertext": "3e25dbeeb0e74dd00607e6107f403e55ce02945a295d6fb5c15238bdc6264264",
            "kdf": "scrypt",
            "kdfparams": {
                "dklen": 32,
                "n": 262144,
                "p": 1,
                "r": 8,
                "salt": "84c0cd9b4221a9a6ae97b2b2620fb860490259533fb3c8095ea9c67b448d67ca",
            },
            "mac": "2c5c1812a3858019655ec787c3a9506777bf520338d5d83c3a586ddb8b5806a5",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    })
}

struct Place {
    folder: TempDir,
    password: PasswordSource,
}

impl Place {
    fn new(password: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, password).unwrap();
        Self { password: PasswordSource::File(file), folder }
    }

    fn file(&self, json: &Value) -> PathBuf {
        let path = self.folder.path().join("key.json");
        std::fs::write(&path, json.to_string()).unwrap();
        path
    }
}

#[test]
fn keystores_of_either_derivation_open() {
    let place = Place::new(EXAMPLE_PASSWORD);
    let owner = PrivateKeySigner::from_slice(&EXAMPLE_KEY).unwrap().address();
    assert_eq!(owner, address!("008aeeda4d805471df9b2a5b0f38a0c3bcba786b"));
    for mut json in [pbkdf2(), scrypt()] {
        let kind = json["crypto"]["kdf"].clone();
        assert_eq!(Signers::keystores(&[place.file(&json)], &place.password).unwrap().addresses(), [owner], "{kind}");
        // geth writes the address, without 0x
        json["address"] = "008aeeda4d805471df9b2a5b0f38a0c3bcba786b".into();
        assert_eq!(Signers::keystores(&[place.file(&json)], &place.password).unwrap().addresses(), [owner], "{kind}");
    }
}

#[test]
fn a_keystore_opens_with_its_password_and_errors_keep_secrets() {
    let secret = "correct horse battery staple";
    let place = Place::new(&format!("{secret}\n"));
    let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, 3);
    let mut random = alloy::signers::k256::elliptic_curve::rand_core::OsRng;
    PrivateKeySigner::encrypt_keystore(place.folder.path(), &mut random, key.to_bytes(), secret, Some("key")).unwrap();
    let file = place.folder.path().join("key");
    let signers = Signers::keystores(&[&file], &place.password).unwrap();
    assert_eq!(signers.addresses(), [key.address()]);

    let wrong = Place::new("wrong horse");
    let error = Signers::keystores(&[&file], &wrong.password).unwrap_err();
    assert!(matches!(error, SignerError::WrongPassword { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("horse"));
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    assert!(error.to_string().contains(wrong.folder.path().to_str().unwrap()), "where the password is from: {error}");

    let missing = Signers::keystores(&[place.folder.path().join("none")], &place.password).unwrap_err();
    assert!(matches!(missing, SignerError::Unreadable { .. }));
}

#[test]
fn one_password_opens_several_keystores() {
    let place = Place::new("shared");
    let mut random = alloy::signers::k256::elliptic_curve::rand_core::OsRng;
    let files = [1, 2].map(|index| {
        let key = MnemonicBuilder::from_phrase_nth(DEV_MNEMONIC, index);
        let name = index.to_string();
        let folder = place.folder.path();
        PrivateKeySigner::encrypt_keystore(folder, &mut random, key.to_bytes(), "shared", Some(&name)).unwrap();
        folder.join(name)
    });
    let both = Signers::keystores(&files, &place.password).unwrap();
    assert_eq!(both.addresses(), Signers::dev(31337, 3).unwrap().addresses()[1..]);
    // one that is no keystore is found before the password is asked for
    std::fs::write(&files[1], "{}").unwrap();
    let nowhere = PasswordSource::File("no/such/password".into());
    assert!(matches!(Signers::keystores(&files, &nowhere), Err(SignerError::NotKeystore { .. })));
}

#[test]
fn the_key_has_to_be_of_the_address_in_the_file() {
    let place = Place::new(EXAMPLE_PASSWORD);
    let mut json = scrypt();
    json["address"] = "0x00000000000000000000000000000000000000ff".into();
    let error = Signers::keystores(&[place.file(&json)], &place.password).unwrap_err();
    assert!(matches!(error, SignerError::NotKeystore { .. }));
    assert!(error.to_string().contains("its key is of 0x008AeEda4D"), "{error}");
}

#[test]
fn what_is_no_keystore_is_refused_before_anybody_is_asked() {
    // a password that cannot be had: whoever asks for it first fails with another error
    let nowhere = PasswordSource::File("no/such/password".into());
    let change = |mut json: Value, pointer: &str, value: Value| {
        *json.pointer_mut(pointer).unwrap() = value;
        json
    };
    let cases = [
        (json!(7), "version"),
        (json!({}), "version"),
        (json!({ "version": 1, "crypto": {} }), "version"),
        (json!({ "version": 3 }), "no section `crypto`"),
        (json!({ "version": 3, "Crypto": {} }), "spelled with a capital"),
        (change(scrypt(), "/crypto/cipher", "aes-128-cbc".into()), "aes-128-ctr"),
        (change(scrypt(), "/crypto/cipherparams/iv", "00".into()), "cipherparams.iv"),
        (change(scrypt(), "/crypto/ciphertext", "".into()), "ciphertext"),
        (change(scrypt(), "/crypto/mac", "xyz".into()), "mac"),
        (change(scrypt(), "/crypto/kdf", "argon2".into()), "neither scrypt nor pbkdf2"),
        // each of these would stop or starve the process that decrypts
        (change(scrypt(), "/crypto/kdfparams/dklen", 16.into()), "dklen"),
        (change(scrypt(), "/crypto/kdfparams/n", 0.into()), "kdfparams.n"),
        (change(scrypt(), "/crypto/kdfparams/n", 262_143.into()), "power of two"),
        (change(scrypt(), "/crypto/kdfparams/n", (1u64 << 31).into()), "too much memory"),
        (change(scrypt(), "/crypto/kdfparams/r", (1u64 << 62).into()), "too much memory"),
        // as in the definition's own example for scrypt (n 262144, r 1, p 8)
        (change(scrypt(), "/crypto/kdfparams/r", 1.into()), "other parameters"),
        (change(scrypt(), "/crypto/kdfparams/p", 1_000_000.into()), "too much memory"),
        (change(pbkdf2(), "/crypto/kdfparams/c", 4_000_000_000u64.into()), "too much time"),
        (change(pbkdf2(), "/crypto/kdfparams/prf", "hmac-sha512".into()), "hmac-sha256"),
    ];
    let place = Place::new(EXAMPLE_PASSWORD);
    for (json, words) in cases {
        let error = Signers::keystores(&[place.file(&json)], &nowhere).unwrap_err();
        assert!(matches!(error, SignerError::NotKeystore { .. }), "{json}: {error}");
        assert!(error.to_string().contains(words), "{json}: {error}");
    }
    let error =
        Signers::keystores(&[place.file(&change(scrypt(), "/id", "none".into()))], &place.password).unwrap_err();
    assert!(matches!(error, SignerError::NotKeystore { .. }), "{error}");
    let file = place.folder.path().join("text");
    for text in ["", "not json", "{\"version\": 3"] {
        std::fs::write(&file, text).unwrap();
        assert!(matches!(Signers::keystores(&[&file], &nowhere), Err(SignerError::NotKeystore { .. })), "{text}");
    }
}
