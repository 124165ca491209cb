// Writes test/golden/packed-proof.json: trees of the 2018 format over the first 1 to 12 of a list of accounts, with the
// proof of every account. Shares no code with the contracts, their tests or the Rust side, so that all can be held
// against each other.
//   node tools/packed-proof-golden.cjs           writes the file
//   node tools/packed-proof-golden.cjs --check   exits 1 if the file is not what would be written
"use strict";
const fs = require("fs");
const path = require("path");
const { keccak256 } = require("js-sha3");

const FILE = path.join(__dirname, "..", "test", "golden", "packed-proof.json");
const ACCOUNTS = 12;

const keccak = (bytes) => Buffer.from(keccak256.arrayBuffer(bytes));
const hex = (buffer) => "0x" + buffer.toString("hex");

/** Hash of two nodes, the smaller first. */
const join = (a, b) => keccak(Buffer.concat([a, b].sort(Buffer.compare)));

/** The root above `leaves` and each leaf's siblings, recursively: a pair becomes one, an odd last one moves up. */
function grow(leaves) {
  if (leaves.length === 1) return { root: leaves[0], paths: [[]] };
  const pairs = [];
  for (let i = 0; i < leaves.length; i += 2) pairs.push(leaves.slice(i, i + 2));
  const above = grow(pairs.map(([left, right]) => (right ? join(left, right) : left)));
  const paths = pairs.flatMap((pair, i) =>
    pair.map((_, side) => [...pair.filter((_, other) => other !== side), ...above.paths[i]]),
  );
  return { root: above.root, paths };
}

const accounts = Array.from({ length: ACCOUNTS }, (_, i) => keccak(Buffer.from(`account ${i}`)).subarray(12)).sort(
  Buffer.compare,
);
const trees = accounts.map((_, i) => {
  const { root, paths } = grow(accounts.slice(0, i + 1).map(keccak));
  return { root: hex(root), proofs: paths.map((siblings) => hex(Buffer.concat(siblings))) };
});

const document = {
  about:
    "Trees over the first 1, 2, … accounts, leaves keccak256 of the 20 bytes, and every account's proof; written by tools/packed-proof-golden.cjs.",
  accounts: accounts.map(hex),
  trees,
};
const text = JSON.stringify(document, null, 2) + "\n";
if (process.argv[2] === "--check") {
  const same = fs.existsSync(FILE) && fs.readFileSync(FILE, "utf8") === text;
  console.log(same ? "packed-proof.json: as written by its script" : "packed-proof.json differs from what its script writes");
  process.exit(same ? 0 : 1);
}
fs.writeFileSync(FILE, text);
