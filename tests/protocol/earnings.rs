//! Two transcoders and five delegators over thirty rounds.
//!
//! Both transcoders are rewarded in most rounds, and in each a job is paid, some of it a round late. Meanwhile stake is added,
//! moved, unbonded and bonded again, and earnings are claimed early, late and in portions. After every round each account is
//! what the model says, and in the end everybody takes out everything.

use std::cmp::Ordering;

use alloy::primitives::{Address, B256, U256};

use crate::{
    chain::Chain,
    deploy::Settings,
    jobs::{Claimed, Job},
    model::{Terms, maths::mul_div},
    people::{account, accounts},
    stream::profile,
    twin::Twin,
};

/// Rounds are counted from the one in which everybody bonds, which is the first.
const FIRST: u64 = 2;
const LAST: u64 = 31;

/// Tokens in base units, made odd so that nothing divides.
fn tokens(whole: u64, odd: u64) -> U256 {
    U256::from(whole) * U256::from(10u64.pow(18)) + U256::from(odd)
}

fn gwei(amount: u64) -> U256 {
    U256::from(amount) * U256::from(1_000_000_000u64)
}

struct Story {
    twin: Twin,
    transcoders: Vec<Address>,
    delegators: Vec<Address>,
    broadcaster: Address,
    /// Claims that were not paid yet.
    open: Vec<(Job, Claimed)>,
    /// Inflation of each round.
    inflation: Vec<u64>,
    /// The stake of the third delegator, who does nothing for thirty rounds, as a fixed-point number with 100 binary places:
    /// multiplied each round by what the delegators of its transcoder got for their stake.
    idle: U256,
}

pub async fn thirty_rounds(chain: Chain) {
    let (transcoders, delegators) = (accounts("transcoder", 2), accounts("delegator", 5));
    let broadcaster = account("broadcaster");
    let everyone = transcoders.iter().chain(&delegators).chain([&broadcaster]);
    let funds: Vec<_> = everyone.map(|who| (*who, tokens(2_000, 11))).collect();
    // hardly a segment is sampled, and nobody looks for one that was
    let settings = Settings {
        verification_rate: u64::MAX,
        verification_period: 10,
        verification_slashing_period: 10,
        inflation: 5_000,
        inflation_change: 250,
        target_bonding_rate: 250_000,
        ..Settings::default()
    };
    let twin = Twin::new(chain, settings, &funds).await;
    let mut story =
        Story { twin, transcoders, delegators, broadcaster, open: Vec::new(), inflation: Vec::new(), idle: U256::ZERO };
    story.everyone_bonds().await;
    for round in FIRST..=LAST {
        story.round(round).await;
    }
    let moves: Vec<_> = story.inflation.windows(2).map(|pair| pair[0].cmp(&pair[1])).collect();
    assert!(moves.contains(&Ordering::Less) && moves.contains(&Ordering::Greater), "{:?}", story.inflation);
    story.everyone_leaves().await;
}

impl Story {
    /// The protocol's number of a round.
    fn numbered(&self, round: u64) -> u64 {
        self.twin.protocol.opening - 1 + round
    }

    async fn everyone_bonds(&mut self) {
        let Self { twin, transcoders, delegators, .. } = self;
        let (t, d) = (transcoders.clone(), delegators.clone());
        let opening = twin.protocol.opening;
        twin.start_round(opening).await;
        let bonds = [
            (t[0], tokens(1_000, 7), t[0]),
            (t[1], tokens(600, 13), t[1]),
            (d[0], tokens(500, 3), t[0]),
            // less than a millionth of its transcoder's stake
            (d[1], U256::from(1_000_003), t[0]),
            (d[2], tokens(700, 1), t[1]),
            (d[3], tokens(333, 333), t[1]),
            (d[4], tokens(250, 9), t[0]),
        ];
        for (who, amount, to) in bonds {
            twin.bond(who, amount, to).await.unwrap();
        }
        self.idle = tokens(700, 1) << 100;
        let terms = [
            Terms { reward_cut: 100_000, fee_share: 700_000, price: gwei(10) },
            Terms { reward_cut: 333_333, fee_share: 123_457, price: gwei(25) },
        ];
        for (who, terms) in t.iter().zip(terms) {
            assert!(twin.transcoder(*who, terms).await.unwrap().registered);
        }
        let ether = U256::from(10u64.pow(18));
        twin.deposit(self.broadcaster, ether).await;
        twin.compare().await;
    }

    async fn round(&mut self, round: u64) {
        self.twin.start_round(self.numbered(round)).await;
        self.inflation.push(self.twin.model.inflation.rate);
        self.before_rewards(round).await;
        let rewarded = [round != 9, round != 7 && round != 20];
        for (i, rewarded) in rewarded.into_iter().enumerate() {
            if rewarded {
                let transcoder = self.transcoders[i];
                let reward = self.twin.reward(transcoder).await.unwrap();
                assert!(!reward.is_zero() && self.twin.reward(transcoder).await.is_err());
                if i == 1 {
                    self.grow_idle(transcoder, round, reward);
                }
            }
        }
        // every third round is paid in the next, every seventh in the one after
        let late = round.is_multiple_of(3) || round.is_multiple_of(7);
        if round % 7 != 1 {
            self.pay_what_can_be_paid().await;
        }
        self.work(round).await;
        self.after_rewards(round).await;
        if !late {
            let due = self.open.iter().map(|(_, claim)| self.twin.payable_from(claim)).max().unwrap_or_default();
            self.twin.protocol.chain.mine_until_next_is(due).await;
            self.pay_what_can_be_paid().await;
        }
        self.twin.compare().await;
    }

    /// Claims made here lose what comes later in the round, but for the transcoder's own part.
    async fn before_rewards(&mut self, round: u64) {
        let (t, d) = (self.transcoders.clone(), self.delegators.clone());
        let before = self.twin.protocol.opening - 1;
        let twin = &mut self.twin;
        match round {
            6 => twin.claim_earnings(d[0], before + round).await.unwrap(),
            10 => twin.claim_earnings(t[0], before + round).await.unwrap(),
            21 => {
                assert!(!twin.withdraw_fees(t[0]).await.unwrap().is_zero());
                assert!(twin.withdraw_fees(t[0]).await.unwrap_err().starts_with("BondingManagerNoFees"));
            }
            25 => {
                let refused = twin.bond(d[2], U256::from(1), t[1]).await.unwrap_err();
                assert_eq!(refused, "BondingManagerTooManyRounds(rounds: 24, maximum: 20)");
            }
            _ => {}
        }
    }

    async fn after_rewards(&mut self, round: u64) {
        let (t, d) = (self.transcoders.clone(), self.delegators.clone());
        let before = self.twin.protocol.opening - 1;
        let twin = &mut self.twin;
        match round {
            5 => twin.bond(d[4], tokens(100, 1), t[0]).await.unwrap(),
            8 => twin.claim_earnings(d[1], before + 4).await.unwrap(),
            11 => {
                let terms = Terms { reward_cut: 250_001, fee_share: 499_999, price: gwei(12) };
                twin.transcoder(t[0], terms).await.unwrap();
            }
            12 => {
                twin.bond(d[4], U256::ZERO, t[1]).await.unwrap();
                let refused = twin.unbond(d[4]).await.unwrap_err();
                assert_eq!(refused, format!("BondingManagerNotBonded(delegator: {}, status: 0)", d[4]));
            }
            15 => twin.unbond(d[3]).await.unwrap(),
            16 => {
                assert!(twin.withdraw_stake(d[3]).await.unwrap_err().starts_with("BondingManagerNotUnbonded"));
                twin.bond(d[3], tokens(50, 5), t[0]).await.unwrap();
            }
            18 => assert!(!twin.withdraw_fees(d[0]).await.unwrap().is_zero()),
            19 => twin.bond(t[1], tokens(400, 17), t[1]).await.unwrap(),
            22 => twin.claim_earnings(d[1], before + 22).await.unwrap(),
            24 => twin.bond(d[0], tokens(1_000, 19), t[0]).await.unwrap(),
            27 => twin.claim_earnings(t[1], before + 27).await.unwrap(),
            _ => {}
        }
    }

    /// A job of this round, claimed by whom the lot elects; the other may not.
    async fn work(&mut self, round: u64) {
        let max_price = gwei(if round.is_multiple_of(4) { 15 } else { 30 });
        let profiles = [profile("P240p30fps16x9"), profile("P720p30fps16x9")];
        let job = self.twin.job(self.broadcaster, &format!("stream of {round}"), &profiles, max_price, 40).await;
        let elected = self.twin.elected(&job).await;
        assert!(!round.is_multiple_of(4) || elected == self.transcoders[0], "the other is too expensive");
        let range = [U256::from(round), U256::from(2 * round)];
        let claim = self.twin.claim_work(&job, elected, range, B256::repeat_byte(1)).await;
        self.open.push((job, claim));
    }

    async fn pay_what_can_be_paid(&mut self) {
        let next = self.twin.protocol.chain.height().await + 1;
        let (due, open) =
            std::mem::take(&mut self.open).into_iter().partition(|(_, claim)| self.twin.payable_from(claim) <= next);
        self.open = open;
        let due: Vec<_> = due;
        for (job, claim) in due {
            self.twin.distribute(&job, &claim).await;
        }
    }

    /// What the second transcoder's delegators got for each unit of stake, from the reward and its terms alone.
    fn grow_idle(&mut self, transcoder: Address, round: u64, reward: U256) {
        let earnings = &self.twin.model.earnings[&(transcoder, self.numbered(round))];
        let delegators = reward - mul_div(reward, U256::from(333_333), U256::from(1_000_000));
        self.idle += mul_div(self.idle, delegators, earnings.stake);
    }

    async fn everyone_leaves(&mut self) {
        let everyone: Vec<_> = self.transcoders.iter().chain(&self.delegators).copied().collect();
        let last = self.numbered(LAST + 1);
        self.twin.start_round(last).await;
        self.pay_what_can_be_paid().await;
        assert!(self.open.is_empty());

        let idle = self.delegators[2];
        self.twin.claim_earnings(idle, last).await.unwrap_err();
        self.twin.claim_earnings(idle, self.numbered(21)).await.unwrap();
        for &who in &everyone {
            self.twin.unbond(who).await.unwrap();
        }
        self.twin.compare().await;
        // each of the rounds may have rounded once against or for it
        let stake = self.twin.model.delegator(idle).bonded;
        assert!(stake.abs_diff(self.idle >> 100) <= U256::from(LAST - FIRST + 1), "{stake} {}", self.idle >> 100);

        self.twin.start_round(last + self.twin.protocol.settings.unbonding_period).await;
        for &who in &everyone {
            if !self.twin.model.delegator(who).fees.is_zero() {
                self.twin.withdraw_fees(who).await.unwrap();
            }
            self.twin.withdraw_stake(who).await.unwrap();
        }
        self.twin.withdraw_deposit(self.broadcaster).await;
        self.twin.compare().await;
        self.twin.compare_history().await;

        // what rounding leaves goes to the last who claims a round, and everybody claimed every round: no dust at all
        assert_eq!(self.twin.protocol.tokens(self.twin.protocol.minter).await, U256::ZERO);
        assert_eq!(self.twin.protocol.chain.ether(self.twin.protocol.minter).await, U256::ZERO);
    }
}
