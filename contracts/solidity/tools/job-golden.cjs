// Writes test/golden/job-lib.json: segments of several streams with their hashes, the broadcaster's signatures and the
// receipts; the trees claims are made of, with every proof; and lots of sampling. Signs with arithmetic of its own and
// shares no code with the contracts, their tests or the Rust side, so that all can be held against each other.
//   node tools/job-golden.cjs           writes the file
//   node tools/job-golden.cjs --check   exits 1 if the file is not what would be written
"use strict";
const fs = require("fs");
const path = require("path");
const { keccak256 } = require("js-sha3");

const FILE = path.join(__dirname, "..", "test", "golden", "job-lib.json");
const STREAMS = ["", "1", "stream", "straße/流れ", "a stream whose name does not fit into one word of storage"];
const NUMBERS = [0n, 1n, 255n, 2n ** 64n, 2n ** 256n - 1n];
const TREES = 9;
const RATES = [1n, 2n, 10n, 1000n];

const keccak = (...parts) => Buffer.from(keccak256.arrayBuffer(Buffer.concat(parts)));
const text = (string) => Buffer.from(string, "utf8");
const word = (value) => Buffer.from(BigInt(value).toString(16).padStart(64, "0"), "hex");
const number = (buffer) => BigInt("0x" + buffer.toString("hex"));
const hex = (buffer) => "0x" + buffer.toString("hex");

// --- secp256k1, plainly

const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
];
const mod = (a, m) => ((a % m) + m) % m;

/** Inverse of `a` by the extended algorithm of Euclid. */
function inverse(a, m) {
  let [r, next, x, y] = [m, mod(a, m), 0n, 1n];
  while (next > 0n) {
    const q = r / next;
    [r, next, x, y] = [next, r - q * next, y, x - q * y];
  }
  return mod(x, m);
}

/** Sum of two points; `null` is the point at infinity. */
function add(p, q) {
  if (!p || !q) return p ?? q;
  if (p[0] === q[0] && mod(p[1] + q[1], P) === 0n) return null;
  const slope =
    p[0] === q[0] ? 3n * p[0] * p[0] * inverse(2n * p[1], P) : (q[1] - p[1]) * inverse(q[0] - p[0], P);
  const x = mod(slope * slope - p[0] - q[0], P);
  return [x, mod(slope * (p[0] - x) - p[1], P)];
}

function multiply(scalar, point) {
  let sum = null;
  for (; scalar > 0n; scalar >>= 1n, point = add(point, point)) if (scalar & 1n) sum = add(sum, point);
  return sum;
}

/** r, s and the recovery id, s in the lower half. The nonce comes from a hash: good enough for a key that is public. */
function sign(key, digest) {
  const nonce = mod(number(keccak(word(key), digest)), N);
  const [x, y] = multiply(nonce, G);
  const r = mod(x, N);
  const s = mod(inverse(nonce, N) * (number(digest) + r * key), N);
  const high = s > N / 2n;
  return { r, s: high ? N - s : s, recovery: Number(y & 1n) ^ (high ? 1 : 0) };
}

// --- segments

const key = number(keccak(text("broadcaster")));
const publicKey = multiply(key, G);
const broadcaster = keccak(word(publicKey[0]), word(publicKey[1])).subarray(12);

function segment(streamId, segmentNumber) {
  const dataHash = keccak(text("data"), text(streamId), word(segmentNumber));
  const transcodedDataHash = keccak(text("transcoded"), text(streamId), word(segmentNumber));
  const segmentHash = keccak(text(streamId), word(segmentNumber), dataHash);
  const signedHash = keccak(text("\x19Ethereum Signed Message:\n32"), segmentHash);
  const { r, s, recovery } = sign(key, signedHash);
  const signature = Buffer.concat([word(r), word(s), Buffer.from([27 + recovery])]);
  const receiptHash = keccak(text(streamId), word(segmentNumber), dataHash, transcodedDataHash, signature);
  return { streamId, segmentNumber, dataHash, transcodedDataHash, segmentHash, signedHash, signature, receiptHash };
}

const segments = STREAMS.flatMap((streamId) => NUMBERS.map((segmentNumber) => segment(streamId, segmentNumber)));

// --- claims: receipts of the segments 0, 1, … of one stream, sorted

const join = (a, b) => keccak(...[a, b].sort(Buffer.compare));

/** Siblings of the node at `index`, from the bottom up; an odd last node moves up unchanged. */
function climb(level, index) {
  if (level.length === 1) return { root: level[0], proof: [] };
  const above = [];
  for (let i = 0; i < level.length; i += 2) above.push(i + 1 < level.length ? join(level[i], level[i + 1]) : level[i]);
  const { root, proof } = climb(above, index >> 1);
  return { root, proof: (index ^ 1) < level.length ? [level[index ^ 1], ...proof] : proof };
}

const receipts = Array.from({ length: TREES }, (_, i) => segment("stream", BigInt(i)).receiptHash);
const claims = receipts.map((_, last) => {
  const leaves = receipts.slice(0, last + 1);
  const sorted = [...leaves].sort(Buffer.compare);
  const found = leaves.map((leaf) => climb(sorted, sorted.indexOf(leaf)));
  return { root: hex(found[0].root), proofs: found.map(({ proof }) => hex(Buffer.concat(proof))) };
});

// --- sampling

const samplings = RATES.flatMap((rate) =>
  Array.from({ length: 24 }, (_, i) => {
    const challengeBlock = 5_264_265n + BigInt(i);
    const blockHash = keccak(text("block"), word(i));
    const lot = number(keccak(word(challengeBlock), blockHash, word(i)));
    return { challengeBlock, blockHash, segmentNumber: BigInt(i), rate, sampled: lot % rate === 0n };
  }),
);

/** Numbers that may exceed a double are written as strings, bytes in hex. */
const plain = (row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? hex(value) : typeof value === "bigint" ? value.toString() : value,
    ]),
  );

const document = {
  about:
    "Hashes, signatures, receipts, trees and samples of jobs; claim i is made of the segments 0 to i of the stream `stream`. Written by tools/job-golden.cjs.",
  broadcaster: hex(broadcaster),
  privateKey: hex(word(key)),
  segments: segments.map(plain),
  stream: receipts.map((_, i) => plain(segment("stream", BigInt(i)))),
  claims,
  samplings: samplings.map(plain),
};
const written = JSON.stringify(document, null, 2) + "\n";
if (process.argv[2] === "--check") {
  const same = fs.existsSync(FILE) && fs.readFileSync(FILE, "utf8") === written;
  console.log(same ? "job-lib.json: as written by its script" : "job-lib.json differs from what its script writes");
  process.exit(same ? 0 : 1);
}
fs.writeFileSync(FILE, written);
