//! The airdrop: recipients, commitment, run, audit.
