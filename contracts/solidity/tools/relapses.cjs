// Shows that the tests of the defects of 2018 are worth something: puts each defect back into the sources, one at a time,
// and runs the tests that bear its id. At least one must fail.
//
//     node tools/relapses.cjs              every defect and choice of test/defects/relapses.json
//     node tools/relapses.cjs --only B     those whose id begins so
//
// An entry names the id, what is put back, and edits of sources: text that must stand there exactly once, and what is put
// in its place. The tests run in a copy of the project, never in place. Exits 1 when a defect goes unnoticed, does not
// compile, or its text is no longer found.
"use strict";
const { spawnSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const ROOT = path.join(__dirname, "..");
const COPIED = ["src", "test/defects", "test/helpers", "test/system/ProtocolFixture.sol", "tools", "foundry.toml"];
const RELAPSES = JSON.parse(fs.readFileSync(path.join(ROOT, "test/defects/relapses.json"), "utf8"));

const at = process.argv.indexOf("--only");
const chosen = RELAPSES.filter((relapse) => at < 0 || relapse.id.startsWith(process.argv[at + 1]));
if (chosen.length === 0) throw new Error("no such id");

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "relapses-"));
for (const entry of COPIED) fs.cpSync(path.join(ROOT, entry), path.join(directory, entry), { recursive: true });
fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(directory, "node_modules"));

function forge(...args) {
  // An edit may leave a variable unused: no matter.
  const env = { ...process.env, FOUNDRY_OPTIMIZER: "false", FOUNDRY_DYNAMIC_TEST_LINKING: "true", FOUNDRY_DENY: "never" };
  const run = spawnSync(process.execPath, [path.join(directory, "tools/forge.cjs"), ...args], {
    cwd: directory,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { ok: run.status === 0, output: run.stdout + run.stderr };
}

/** The sources with the edits made, by file; throws where a text does not stand exactly once. */
function edited(edits) {
  const texts = {};
  for (const { file, find, put } of edits) {
    texts[file] ??= fs.readFileSync(path.join(ROOT, file), "utf8");
    const parts = texts[file].split(find);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
    texts[file] = parts.join(put);
  }
  return texts;
}

function judge({ id, edits }) {
  const texts = edited(edits);
  for (const [file, text] of Object.entries(texts)) fs.writeFileSync(path.join(directory, file), text);
  const run = forge("test", "--match-test", `^test_${id}_`);
  for (const file of Object.keys(texts)) fs.cpSync(path.join(ROOT, file), path.join(directory, file));
  const failed = [...new Set([...run.output.matchAll(/^\[FAIL[^\n]*?\] (test_\w+)/gm)].map((match) => match[1]))];
  if (failed.length > 0) return failed;
  if (run.ok) return "unnoticed";
  throw new Error(`${id} does not compile:\n${run.output.slice(-2000)}`);
}

const sound = forge("test", "--match-path", "test/defects/*");
if (!sound.ok) throw new Error(`the tests fail before anything is put back:\n${sound.output.slice(-3000)}`);
let unnoticed = 0;
for (const relapse of chosen) {
  const verdict = judge(relapse);
  if (verdict === "unnoticed") unnoticed++;
  console.log(`${relapse.id.padEnd(4)} ${relapse.what}: ${verdict === "unnoticed" ? "UNNOTICED" : verdict.join(", ")}`);
}
fs.rmSync(directory, { recursive: true, force: true });
console.log(`${chosen.length} put back, ${unnoticed} unnoticed`);
process.exit(unnoticed === 0 ? 0 : 1);
