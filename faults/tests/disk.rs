//! A ledger that fails, forgets, or was put back.

mod support;

#[test]
fn nothing_is_paid_twice_lost_or_stuck() {
    support::every_row_is_sound("disk");
}
