//! Three endpoints behind one handle, some of which fail, lag, lie or are elsewhere.

mod support;

#[test]
fn nothing_is_paid_twice_lost_or_stuck() {
    support::every_row_is_sound("endpoints");
}
