-- Schema 2: intents that wait before they have a nonce, priorities and deadlines, cancels, spending, the endpoints' own
-- words, a history, transactions that were signed elsewhere, and a fence. Keeps every row of schema 1.

ALTER TABLE meta ADD COLUMN fence INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0);
ALTER TABLE meta ADD COLUMN owner TEXT;
CREATE TRIGGER meta_stays BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'the chain of a ledger stays'); END;
CREATE TRIGGER meta_chain_does_not_change BEFORE UPDATE OF one, chain_id, genesis_hash, created_ms ON meta
BEGIN SELECT RAISE(ABORT, 'the chain of a ledger does not change'); END;
CREATE TRIGGER meta_fence_goes_up BEFORE UPDATE OF fence ON meta WHEN NEW.fence <= OLD.fence
BEGIN SELECT RAISE(ABORT, 'the fence only goes up'); END;

CREATE TABLE intents_2 (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (length(key) > 0),
  signer BLOB NOT NULL CHECK (length(signer) = 20),
  target BLOB CHECK (target IS NULL OR length(target) = 20),
  value BLOB NOT NULL CHECK (length(value) = 32),
  data_hash BLOB NOT NULL CHECK (length(data_hash) = 32),
  data_bytes INTEGER NOT NULL CHECK (data_bytes >= 0),
  gas INTEGER NOT NULL DEFAULT 0 CHECK (gas >= 0),
  nonce INTEGER CHECK (nonce IS NULL OR nonce >= 0),
  generation INTEGER NOT NULL CHECK (generation >= 1),
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'held', 'reserved', 'signed', 'sent', 'mined', 'finalized', 'reverted', 'displaced',
                     'refused', 'cancelled', 'expired')),
  priority INTEGER NOT NULL DEFAULT 0,
  deadline INTEGER CHECK (deadline IS NULL OR deadline >= 0),
  cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)),
  reason TEXT CHECK (reason IS NULL OR length(reason) > 0),
  reason_ms INTEGER,
  spend BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000'
    CHECK (length(spend) = 32),
  spend_day INTEGER,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  -- nothing is signed without a nonce and gas, and what waits has no nonce yet
  CHECK (state IN ('queued', 'held', 'cancelled', 'expired') OR (nonce IS NOT NULL AND gas > 0)),
  CHECK (state NOT IN ('queued', 'held', 'expired') OR nonce IS NULL)
) STRICT;

INSERT INTO intents_2 (id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state, created_ms,
                       updated_ms)
SELECT id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state, created_ms, updated_ms
FROM intents;
DROP TABLE intents;
ALTER TABLE intents_2 RENAME TO intents;

CREATE UNIQUE INDEX intents_one_standing_a_nonce ON intents (signer, nonce)
  WHERE nonce IS NOT NULL AND state IN ('reserved', 'signed', 'sent', 'mined', 'finalized', 'reverted', 'cancelled');
CREATE INDEX intents_live ON intents (state, signer, nonce)
  WHERE state IN ('queued', 'held', 'reserved', 'signed', 'sent', 'mined');

CREATE TRIGGER intents_finalized_is_for_ever BEFORE UPDATE ON intents WHEN OLD.state = 'finalized'
BEGIN SELECT RAISE(ABORT, 'a finalized intent does not change'); END;
CREATE TRIGGER intents_stay BEFORE DELETE ON intents
BEGIN SELECT RAISE(ABORT, 'intents are never deleted'); END;

ALTER TABLE attempts ADD COLUMN kind TEXT NOT NULL DEFAULT 'call' CHECK (kind IN ('call', 'cancel'));
DROP TRIGGER attempts_do_not_change;
CREATE TRIGGER attempts_do_not_change
BEFORE UPDATE OF id, intent, generation, signer, nonce, hash, max_fee, tip, made_ms, raw, kind ON attempts
BEGIN SELECT RAISE(ABORT, 'attempts do not change'); END;

CREATE INDEX receipts_by_block ON receipts (block_number);

CREATE TABLE answers (
  attempt INTEGER NOT NULL REFERENCES attempts (id),
  endpoint TEXT NOT NULL,
  class TEXT NOT NULL,
  words TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  times INTEGER NOT NULL CHECK (times >= 1),
  PRIMARY KEY (attempt, endpoint, class, words)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  ms INTEGER NOT NULL,
  intent INTEGER REFERENCES intents (id),
  what TEXT NOT NULL CHECK (length(what) > 0)
) STRICT;
CREATE INDEX events_of_intent ON events (intent, id);
CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER events_do_not_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events do not change'); END;

CREATE TABLE spending (
  signer BLOB NOT NULL CHECK (length(signer) = 20),
  day INTEGER NOT NULL,
  total BLOB NOT NULL CHECK (length(total) = 32),
  PRIMARY KEY (signer, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE foreign_txs (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  signer BLOB NOT NULL CHECK (length(signer) = 20),
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  target BLOB CHECK (target IS NULL OR length(target) = 20),
  value BLOB NOT NULL CHECK (length(value) = 32),
  data_hash BLOB NOT NULL CHECK (length(data_hash) = 32),
  max_fee BLOB NOT NULL CHECK (length(max_fee) = 16),
  block_number INTEGER CHECK (block_number IS NULL OR block_number >= 0),
  block_hash BLOB CHECK (block_hash IS NULL OR length(block_hash) = 32),
  raw BLOB CHECK (raw IS NULL OR length(raw) > 0),
  adopted INTEGER REFERENCES intents (id),
  seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX foreign_txs_of_signer ON foreign_txs (signer, nonce);
