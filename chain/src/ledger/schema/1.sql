-- Schema 1: intents, what was signed for them, what became of it. Never changed.

CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  chain_id INTEGER NOT NULL CHECK (chain_id > 0),
  genesis_hash BLOB NOT NULL CHECK (length(genesis_hash) = 32),
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE signers (
  address BLOB PRIMARY KEY CHECK (length(address) = 20),
  next INTEGER NOT NULL CHECK (next >= 0),
  updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (length(key) > 0),
  signer BLOB NOT NULL CHECK (length(signer) = 20),
  target BLOB CHECK (target IS NULL OR length(target) = 20),
  value BLOB NOT NULL CHECK (length(value) = 32),
  data_hash BLOB NOT NULL CHECK (length(data_hash) = 32),
  data_bytes INTEGER NOT NULL CHECK (data_bytes >= 0),
  gas INTEGER NOT NULL CHECK (gas > 0),
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  generation INTEGER NOT NULL CHECK (generation >= 1),
  state TEXT NOT NULL
    CHECK (state IN ('signed', 'sent', 'mined', 'finalized', 'reverted', 'displaced', 'refused')),
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX intents_one_standing_a_nonce ON intents (signer, nonce)
  WHERE state IN ('signed', 'sent', 'mined', 'finalized', 'reverted');
CREATE INDEX intents_live ON intents (state, signer, nonce) WHERE state IN ('signed', 'sent', 'mined');

CREATE TRIGGER intents_finalized_is_for_ever BEFORE UPDATE ON intents WHEN OLD.state = 'finalized'
BEGIN SELECT RAISE(ABORT, 'a finalized intent does not change'); END;
CREATE TRIGGER intents_stay BEFORE DELETE ON intents
BEGIN SELECT RAISE(ABORT, 'intents are never deleted'); END;

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  intent INTEGER NOT NULL REFERENCES intents (id),
  generation INTEGER NOT NULL CHECK (generation >= 1),
  signer BLOB NOT NULL CHECK (length(signer) = 20),
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  max_fee BLOB NOT NULL CHECK (length(max_fee) = 16),
  tip BLOB NOT NULL CHECK (length(tip) = 16),
  state TEXT NOT NULL CHECK (state IN ('signed', 'accepted', 'refused')),
  made_ms INTEGER NOT NULL,
  raw BLOB NOT NULL CHECK (length(raw) > 0),
  UNIQUE (signer, nonce, hash)
) STRICT;
CREATE INDEX attempts_of_intent ON attempts (intent, generation);

CREATE TRIGGER attempts_stay BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'attempts are never deleted'); END;
CREATE TRIGGER attempts_do_not_change
BEFORE UPDATE OF id, intent, generation, signer, nonce, hash, max_fee, tip, made_ms, raw ON attempts
BEGIN SELECT RAISE(ABORT, 'attempts do not change'); END;

CREATE TABLE receipts (
  attempt INTEGER PRIMARY KEY REFERENCES attempts (id),
  block_number INTEGER NOT NULL CHECK (block_number >= 0),
  block_hash BLOB NOT NULL CHECK (length(block_hash) = 32),
  gas_used INTEGER NOT NULL CHECK (gas_used >= 0),
  gas_price BLOB NOT NULL CHECK (length(gas_price) = 16),
  created BLOB CHECK (created IS NULL OR length(created) = 20),
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  seen_ms INTEGER NOT NULL
) STRICT;
