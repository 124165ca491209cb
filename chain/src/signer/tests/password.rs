use std::{fs::Permissions, io::Write, os::fd::AsRawFd, os::unix::fs::PermissionsExt};

use super::*;

fn from_file(contents: &[u8]) -> Result<String, SignerError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, contents).unwrap();
    PasswordSource::File(file).read("a key").map(|password| password.reveal().to_owned())
}

#[test]
fn a_file_holds_one_password_without_its_line_break() {
    assert_eq!(from_file(b"secret").unwrap(), "secret");
    assert_eq!(from_file(b"secret\n").unwrap(), "secret");
    assert_eq!(from_file(b"secret\r\n").unwrap(), "secret");
    assert_eq!(from_file(b" two words \n").unwrap(), " two words ", "spaces belong to it");
    assert_eq!(from_file("pässwört".as_bytes()).unwrap(), "pässwört");
    assert_eq!(from_file(&[b'x'; 4096]).unwrap().len(), 4096);
}

#[test]
fn what_can_be_no_password_is_refused_without_showing_it() {
    for (contents, words) in [
        (&b""[..], "empty"),
        (b"\n\n", "empty"),
        (b"first-secret\nsecond-secret\n", "several lines"),
        (b"secret\xff", "no text"),
        (&[b'x'; 4097], "longer than"),
    ] {
        let error = from_file(contents).unwrap_err();
        assert!(matches!(error, SignerError::NoPassword(_)));
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    let missing = PasswordSource::File("no/such/file".into()).read("a key").unwrap_err();
    assert!(matches!(&missing, SignerError::Unreadable { path, .. } if path.ends_with("file")), "{missing}");
}

#[test]
fn a_password_comes_through_a_descriptor() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"through a pipe\n").unwrap();
    drop(writer);
    let source = PasswordSource::Descriptor(reader.as_raw_fd().unsigned_abs());
    assert_eq!(source.read("a key").unwrap().reveal(), "through a pipe");

    let closed = PasswordSource::Descriptor(9_999).read("a key").unwrap_err();
    assert!(closed.to_string().contains("file descriptor 9999"), "{closed}");
}

#[test]
fn a_file_that_others_can_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "secret").unwrap();
    let source = PasswordSource::File(file.clone());
    for (mode, told) in [(0o600, false), (0o400, false), (0o644, true), (0o640, true), (0o602, true)] {
        std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        assert_eq!(source.warning().is_some_and(|words| words.contains("chmod 600")), told, "{mode:o}");
    }
    assert_eq!(PasswordSource::Prompt.warning(), None);
    assert_eq!(PasswordSource::Descriptor(3).warning(), None);
}

#[test]
fn a_password_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "secret").unwrap();
    let password = PasswordSource::File(file).read("a key").unwrap();
    assert_eq!(format!("{password:?}"), "Password(***)");
}
