// Writes test/golden/range-proof.json: a small list, its leaves, root and the proof of every range of chunks. Shares no
// code with the contracts or the Rust side, so that all three can be held against each other.
//   node tools/range-proof-golden.cjs           writes the file
//   node tools/range-proof-golden.cjs --check   exits 1 if the file is not what would be written
"use strict";
const fs = require("fs");
const path = require("path");
const { keccak256 } = require("js-sha3");

const FILE = path.join(__dirname, "..", "test", "golden", "range-proof.json");
const CHAIN_ID = 31337;
const TOKEN = "0x00000000000000000000000000000000700c0de5";
const CHUNK_SIZE = 4;
const RECIPIENTS = 18;

const keccak = (...parts) => Buffer.from(keccak256.arrayBuffer(Buffer.concat(parts)));
const word = (value) => Buffer.from(BigInt(value).toString(16).padStart(64, "0"), "hex");
const hex = (buffer) => "0x" + buffer.toString("hex");

// The list: addresses from hashes, sorted; amounts of very different sizes, the largest a full uint96.
const recipients = Array.from({ length: RECIPIENTS }, (_, i) => keccak(Buffer.from(`recipient ${i}`)).subarray(12))
  .sort(Buffer.compare)
  .map((address, i) => ({ address, amount: i === 3 ? 2n ** 96n - 1n : 10n ** BigInt(i) + BigInt(i) }));
const entries = recipients.map(({ address, amount }) => Buffer.concat([address, word(amount).subarray(20)]));

const chunks = [];
for (let i = 0; i < entries.length; i += CHUNK_SIZE) chunks.push(Buffer.concat(entries.slice(i, i + CHUNK_SIZE)));
const leaves = chunks.map((bytes, i) => keccak(keccak(word(CHAIN_ID), word(TOKEN), word(i), keccak(bytes))));

// The tree, bottom up, padded with zero words.
const depth = Math.ceil(Math.log2(leaves.length));
const levels = [[...leaves, ...Array(2 ** depth - leaves.length).fill(word(0))]];
while (levels.at(-1).length > 1) {
  const below = levels.at(-1);
  levels.push(Array.from({ length: below.length / 2 }, (_, i) => keccak(below[2 * i], below[2 * i + 1])));
}

/** Siblings of the leaves [lo, hi): left before right, level by level. */
function prove(lo, hi) {
  const proof = [];
  for (let level = 0; level < depth; level++) {
    if (lo % 2 === 1) proof.push(levels[level][--lo]);
    if (hi % 2 === 1) proof.push(levels[level][hi++]);
    lo /= 2;
    hi /= 2;
  }
  return proof;
}

const proofs = [];
for (let first = 0; first < chunks.length; first++) {
  for (let count = 1; first + count <= chunks.length; count++) {
    proofs.push({ firstChunk: first, chunkCount: count, proof: prove(first, first + count).map(hex) });
  }
}

const document = {
  about: "One list, its tree and the proof of every range; written by tools/range-proof-golden.cjs. Amounts are decimal.",
  chainId: CHAIN_ID,
  token: TOKEN,
  chunkSize: CHUNK_SIZE,
  recipientCount: RECIPIENTS,
  chunkCount: chunks.length,
  depth,
  totalAmount: recipients.reduce((sum, { amount }) => sum + amount, 0n).toString(),
  recipients: recipients.map(({ address, amount }) => ({ address: hex(address), amount: amount.toString() })),
  entries: hex(Buffer.concat(entries)),
  leaves: leaves.map(hex),
  root: hex(levels.at(-1)[0]),
  proofs,
};
const text = JSON.stringify(document, null, 2) + "\n";
if (process.argv[2] === "--check") {
  const same = fs.existsSync(FILE) && fs.readFileSync(FILE, "utf8") === text;
  console.log(same ? "range-proof.json: as written by its script" : "range-proof.json differs from what its script writes");
  process.exit(same ? 0 : 1);
}
fs.writeFileSync(FILE, text);
