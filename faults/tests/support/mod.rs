//! Runs the rows of a group at the size of CI.

use tminus_faults::{
    campaign::{Campaign, Size},
    rows,
};

/// Every fault of the group strikes, and nothing comes of it.
pub(crate) fn every_row_is_sound(group: &str) {
    let campaign = Campaign {
        size: Size::Ci,
        seed: 1,
        only: None,
        program: env!("CARGO_BIN_EXE_tminus-faults").into(),
        threads: 2,
        progress: |line| eprintln!("{line}"),
    };
    let specs: Vec<_> = rows::all().into_iter().filter(|spec| spec.group == group).collect();
    assert!(!specs.is_empty(), "no rows in {group}");
    let rows: Vec<_> = specs.iter().map(|spec| campaign.run(spec)).collect();
    let failed: Vec<_> = rows.iter().filter(|row| !row.is_sound()).map(|row| (&row.name, &row.failures)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
