//! Where the journal lies: a network file system is refused.
//!
//! WAL mode needs memory that all processes share and locks that the kernel keeps; over a network there is neither, and a
//! commit that "reached the disk" may not have. Linux says which file system a folder is on by number, and for those in user
//! space (FUSE) by the name in the mount table. Other systems are not asked.

use std::path::Path;

use super::LedgerError;

/// `f_type` of `statfs(2)`, from the kernel's `magic.h` and the file systems' own headers.
#[cfg(target_os = "linux")]
const BY_NUMBER: &[(u32, &str)] = &[
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0x0102_1997, "9p"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x1983_0326, "BeeGFS"),
];

/// `f_type` of everything in user space.
#[cfg(target_os = "linux")]
const FUSE: u32 = 0x6573_5546;

/// File systems in user space that keep their files elsewhere.
#[cfg(target_os = "linux")]
const BY_NAME: &[&str] = &[
    "sshfs",
    "s3fs",
    "rclone",
    "glusterfs",
    "ceph",
    "goofys",
    "gcsfuse",
    "juicefs",
    "davfs",
    "curlftpfs",
    "blobfuse",
    "nfs",
    "smb",
    "gvfs",
];

/// Refuses a folder on a network file system.
#[cfg(target_os = "linux")]
pub(crate) fn check(path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |source| LedgerError::Io { path: folder.to_owned(), source };
    let folder = folder.canonicalize().map_err(io)?;
    let number = rustix::fs::statfs(&folder).map_err(|error| io(error.into()))?.f_type;
    // the kernel's number is 32 bits wide, whatever the width and sign of the field
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::unnecessary_cast)]
    let number = number as u32;
    let mounts =
        if number == FUSE { std::fs::read_to_string("/proc/self/mountinfo").map_err(io)? } else { String::new() };
    match network(number, mount_kind(&mounts, &folder)) {
        Some(kind) => Err(LedgerError::Network { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// Not known how to ask.
#[cfg(not(target_os = "linux"))]
pub(crate) fn check(_: &Path) -> Result<(), LedgerError> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn network(number: u32, mount_kind: Option<&str>) -> Option<String> {
    if number != FUSE {
        return BY_NUMBER.iter().find(|(known, _)| *known == number).map(|(_, name)| (*name).to_owned());
    }
    let kind = mount_kind?;
    BY_NAME.iter().any(|name| kind.contains(name)).then(|| kind.to_owned())
}

/// The kind of the mount that `folder` is in: the one whose mount point is the longest part of its path.
#[cfg(target_os = "linux")]
fn mount_kind<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    let of_line = |line: &'m str| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        folder.starts_with(&point).then(|| (point.len(), after.split(' ').next()))
    };
    mounts.lines().filter_map(of_line).max_by_key(|(length, _)| *length)?.1
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime - ext4 /dev/root rw
31 22 0:44 / /home/me/far\\040away rw,nosuid - fuse.sshfs me@host:/ rw
32 22 0:45 / /home/me/secret rw,nosuid - fuse.gocryptfs /home/me/.secret rw";

    #[test]
    fn network_file_systems_are_known_by_number_and_by_name() {
        for (number, name) in [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0x0102_1997, "9p"), (0x00c3_6400, "Ceph")] {
            assert_eq!(network(number, None).as_deref(), Some(name));
        }
        for local in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630] {
            assert_eq!(network(local, None), None);
        }
        let kind = |folder: &str| network(FUSE, mount_kind(MOUNTS, Path::new(folder)));
        assert_eq!(kind("/home/me/far away/x").as_deref(), Some("fuse.sshfs"));
        assert_eq!(kind("/home/me/secret/x"), None);
        assert_eq!(kind("/home/me"), None);
    }

    #[test]
    fn a_local_folder_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        check(&folder.path().join("ledger.sqlite")).unwrap();
    }
}
