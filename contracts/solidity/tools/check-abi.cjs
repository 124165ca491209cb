// Compares the built artifacts with the ABI of 2018: every function with its selector, outputs and mutability, every
// event with its topic, argument names and indexed flags, every constructor and fallback. Ours may have more; never
// fewer, never different. Exits 1 and names every difference.
"use strict";
const fs = require("fs");
const path = require("path");
const { keccak256 } = require("js-sha3");

const ROOT = path.join(__dirname, "..");

const types = (items) => items.map((item) => item.type);
const signature = (item) => `${item.name}(${types(item.inputs).join(",")})`;

/** The comparable facts of one ABI, in the form of the golden file. */
function facts(abi) {
  const found = { functions: {}, events: {}, constructor: undefined };
  for (const item of abi) {
    if (item.type === "function") {
      found.functions[signature(item)] = {
        selector: "0x" + keccak256(signature(item)).slice(0, 8),
        outputs: types(item.outputs),
        mutability: item.stateMutability,
      };
    } else if (item.type === "event") {
      found.events[signature(item)] = {
        topic: "0x" + keccak256(signature(item)),
        inputs: item.inputs.map((input) => `${input.indexed ? "indexed " : ""}${input.name}`),
      };
    } else if (item.type === "constructor") {
      found.constructor = types(item.inputs);
    } else if (item.type === "fallback") {
      found.fallback = item.stateMutability;
    }
  }
  return found;
}

module.exports = { facts };
if (require.main !== module) return;

const golden = JSON.parse(fs.readFileSync(path.join(ROOT, "test/golden/selectors-2018.json"), "utf8"));
const problems = [];
let compared = 0;
function compare(where, wanted, got) {
  compared++;
  if (JSON.stringify(wanted) !== JSON.stringify(got)) {
    problems.push(`${where}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  }
}

for (const [name, wanted] of Object.entries(golden)) {
  const artifact = JSON.parse(fs.readFileSync(path.join(ROOT, "out", `${name}.sol`, `${name}.json`), "utf8"));
  const got = facts(artifact.abi);
  for (const kind of ["functions", "events"]) {
    for (const [key, value] of Object.entries(wanted[kind])) compare(`${name}: ${key}`, value, got[kind][key]);
  }
  compare(`${name}: constructor`, Object.hasOwn(wanted, "constructor") ? wanted.constructor : [], got.constructor ?? []);
  if (wanted.fallback) compare(`${name}: fallback`, wanted.fallback, got.fallback);
}
for (const problem of problems) console.error(problem);
console.log(`ABI of 2018: ${compared} facts compared, ${problems.length} differ`);
process.exit(problems.length === 0 ? 0 : 1);
