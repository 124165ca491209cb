//! The ledger is gone, or an older copy is in its place.

mod support;

#[test]
fn nothing_is_paid_twice_lost_or_stuck() {
    support::every_row_is_sound("ledger");
}
