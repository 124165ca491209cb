use alloy::primitives::{address, hex};
use proptest::prelude::*;

use super::*;

const SIGNER: Address = Address::repeat_byte(1);
const TARGET: Address = address!("0000000000000000000000000000000000000022");

const FILE: &str = r#"
max_value = "1.5 ether"
max_gas = 1000000
max_transaction_cost = "2 ether"
max_daily_cost = "10 ether"

[[allow]]
create = true

[[allow]]
to = "0x0000000000000000000000000000000000000022"
functions = ["transfer(address,uint256)", "0x095ea7b3"]

[[allow]]
to = "0x0000000000000000000000000000000000000033"
plain = true

[[allow]]
to = "0x0000000000000000000000000000000000000044"
any = true
"#;

fn ether(n: u64) -> U256 {
    U256::from(n) * U256::from(10u64.pow(18))
}

fn verdict(
    policy: &SendPolicy,
    to: Option<Address>,
    value: U256,
    data: &[u8],
    gas: Option<u64>,
) -> Result<(), PolicyError> {
    let (key, data) = (IntentKey::new("a"), Bytes::copy_from_slice(data));
    policy.permits(&Proposal { key: &key, from: SIGNER, to, value, data: &data, gas })
}

#[test]
fn a_file_reads_as_it_says() {
    let policy = SendPolicy::parse(FILE).unwrap();
    assert_eq!(policy.max_value, Some(ether(3) / U256::from(2)));
    assert_eq!(
        (policy.max_gas, policy.max_transaction_cost, policy.max_daily_cost),
        (Some(1_000_000), Some(ether(2)), Some(ether(10)))
    );
    let list = policy.allow.unwrap();
    assert_eq!(list.len(), 4);
    let functions = vec![Selector::from(hex!("a9059cbb")), Selector::from(hex!("095ea7b3"))];
    assert_eq!(list[1], Allowed::Call { to: TARGET, how: Calls::Some { functions, plain: false } });
    assert_eq!(SendPolicy::parse("").unwrap(), SendPolicy::default());
}

#[test]
fn what_is_misspelt_or_ambiguous_is_an_error() {
    for (text, words) in [
        ("max_valeu = \"1 ether\"", "max_valeu"),
        ("max_value = \"1\"", "max_value"),
        ("max_value = 1", "string"),
        ("max_daily_cost = \"1e3 wei\"", "max_daily_cost"),
        ("max_gas = -1", "max_gas"),
        ("[[allow]]\nto = \"0x22\"\nany = true", "to"),
        ("[[allow]]\nto = \"0x0000000000000000000000000000000000000022\"", "`allow`"),
        ("[[allow]]\nto = \"0x0000000000000000000000000000000000000022\"\nany = true\nplain = true", "`allow`"),
        ("[[allow]]\ncreate = true\nto = \"0x0000000000000000000000000000000000000022\"", "`allow`"),
        ("[[allow]]\nany = true", "`allow`"),
        ("[[allow]]\nto = \"0x0000000000000000000000000000000000000022\"\nfunction = []", "function"),
        ("[[allow]]\nto = \"0x0000000000000000000000000000000000000022\"\nfunctions = [\"0x1234\"]", "0x1234"),
        ("[[allow]]\nto = \"0x0000000000000000000000000000000000000022\"\nfunctions = [\"transfer\"]", "transfer"),
        (
            "[[allow]]\nto = \"0x0000000000000000000000000000000000000022\"\nfunctions = [\"transfer(address to)\"]",
            "transfer",
        ),
    ] {
        let error = SendPolicy::parse(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn the_list_is_by_target_and_function() {
    let policy = SendPolicy::parse(FILE).unwrap();
    let allowed = |to, data: &[u8]| verdict(&policy, to, U256::ZERO, data, None).is_ok();
    let (transfer, other) = (hex!("a9059cbb0000"), hex!("deadbeef"));
    let (plain, any) = (Address::with_last_byte(0x33), Address::with_last_byte(0x44));
    assert!(allowed(None, &other));
    assert!(allowed(Some(TARGET), &transfer) && !allowed(Some(TARGET), &other));
    assert!(!allowed(Some(TARGET), &[]) && !allowed(Some(TARGET), &transfer[..3]));
    assert!(allowed(Some(plain), &[]) && !allowed(Some(plain), &transfer) && !allowed(Some(plain), &[1]));
    assert!(allowed(Some(any), &[]) && allowed(Some(any), &[1]) && allowed(Some(any), &other));
    assert!(!allowed(Some(Address::ZERO), &transfer));
    let error = verdict(&policy, Some(TARGET), U256::ZERO, &other, None).unwrap_err();
    assert!(error.to_string().contains("`allow`") && error.to_string().contains("0xdeadbeef"), "{error}");
}

#[test]
fn an_empty_list_allows_nothing_but_what_can_do_nothing() {
    let policy = SendPolicy { allow: Some(Vec::new()), ..SendPolicy::default() };
    assert!(verdict(&policy, None, U256::ZERO, &[], None).is_err());
    assert!(verdict(&policy, Some(TARGET), U256::ZERO, &[], None).is_err());
    assert!(verdict(&policy, Some(SIGNER), U256::ZERO, &[], None).is_ok());
    assert!(verdict(&policy, Some(SIGNER), U256::ONE, &[], None).is_err());
    assert!(verdict(&policy, Some(SIGNER), U256::ZERO, &[1], None).is_err());
}

#[test]
fn value_and_gas_are_named_when_they_forbid() {
    let policy = SendPolicy::parse(FILE).unwrap();
    let any = Some(Address::with_last_byte(0x44));
    assert!(verdict(&policy, any, ether(3) / U256::from(2), &[], Some(1_000_000)).is_ok());
    let error = verdict(&policy, any, ether(2), &[], None).unwrap_err().to_string();
    assert!(error.contains("`max_value`") && error.contains("2 ether") && error.contains("1.5"), "{error}");
    let error = verdict(&policy, any, U256::ZERO, &[], Some(1_000_001)).unwrap_err().to_string();
    assert!(error.contains("`max_gas`") && error.contains("1000001"), "{error}");
}

#[test]
fn the_least_ceiling_counts_and_is_named() {
    let policy = SendPolicy::parse(FILE).unwrap();
    let gwei = 1_000_000_000u128;
    let at = |price, value, spent| policy.ceiling(price, 1_000_000, value, spent);
    assert_eq!(at(5 * gwei, U256::ZERO, U256::ZERO), Ok(Ceiling { max_fee: 5 * gwei, by: By::Price }));
    assert_eq!(at(5_000 * gwei, U256::ZERO, U256::ZERO), Ok(Ceiling { max_fee: 2_000 * gwei, by: By::Transaction }));
    assert_eq!(at(5_000 * gwei, ether(1), U256::ZERO), Ok(Ceiling { max_fee: 1_000 * gwei, by: By::Transaction }));
    assert_eq!(at(5_000 * gwei, U256::ZERO, ether(9)), Ok(Ceiling { max_fee: 1_000 * gwei, by: By::Day }));
    assert_eq!(at(5_000 * gwei, U256::ZERO, ether(11)), Ok(Ceiling { max_fee: 0, by: By::Day }));
    assert_eq!(at(5_000 * gwei, ether(3), U256::ZERO), Err(By::Transaction));
    assert_eq!(at(5_000 * gwei, ether(2), ether(9)), Err(By::Day));
    assert_eq!((day_of(86_399), day_of(86_400)), (0, 1));
}

proptest! {
    #[test]
    fn an_offer_within_the_ceiling_costs_no_more_than_the_ceilings(
        price in any::<u128>(), gas in 1u64..1 << 32, value in 0u128..1 << 90, spent in 0u128..1 << 90,
        transaction in proptest::option::of(0u128..1 << 90), day in proptest::option::of(0u128..1 << 90),
    ) {
        let (value, spent) = (U256::from(value), U256::from(spent));
        let policy = SendPolicy {
            max_transaction_cost: transaction.map(U256::from), max_daily_cost: day.map(U256::from), ..SendPolicy::default()
        };
        let fits = |cost: U256| {
            policy.max_transaction_cost.is_none_or(|most| cost <= most)
                && policy.max_daily_cost.is_none_or(|most| cost.saturating_add(spent) <= most)
        };
        match policy.ceiling(price, gas, value, spent) {
            Ok(ceiling) => {
                prop_assert!(ceiling.max_fee <= price);
                // a day that is overspent already leaves a price of zero, which nothing is offered at
                prop_assert!(ceiling.max_fee == 0 || fits(cost(gas, ceiling.max_fee, value)));
                // and it is the highest such price
                prop_assert!(ceiling.by == By::Price || !fits(cost(gas, ceiling.max_fee + 1, value)));
            }
            Err(_) => prop_assert!(!fits(cost(gas, 0, value))),
        }
    }
}
