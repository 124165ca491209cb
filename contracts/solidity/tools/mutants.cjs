// Mutation check: changes the sources one place at a time and runs the tests that ought to notice.
//
//     node tools/mutants.cjs                        every rule of test/mutants.json, --max mutants a rule
//     node tools/mutants.cjs --only BondingManager  rules whose name contains the word
//     node tools/mutants.cjs --max 20 --seed 7      how many a rule, and which
//     node tools/mutants.cjs --list                 show them, run nothing
//
// A rule of test/mutants.json names sources and the tests that guard them. The places are comparisons, arithmetic,
// logical operators, `require` lines and modifiers of functions. The tests run in a copy of the project, never in place.
// A mutant is killed when forge test fails, stillborn when it does not compile (not counted), and survives otherwise.
// Survivors that change nothing observable are excused in test/mutants.json, each by its text and with its reason.
// Exits 1 when another one survives.
"use strict";
const { spawnSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const ROOT = path.join(__dirname, "..");
const CONFIG = JSON.parse(fs.readFileSync(path.join(ROOT, "test/mutants.json"), "utf8"));
const COPIED = ["src", "test", "tools", "foundry.toml", "package.json"];

const OPERATORS = [
  [/ \+ /g, [" - "]],
  [/ - /g, [" + "]],
  [/ \* /g, [" / "]],
  [/ \/ /g, [" * "]],
  [/ % /g, [" / "]],
  [/ \+= /g, [" -= "]],
  [/ -= /g, [" += "]],
  [/ >= /g, [" > ", " < "]],
  [/ <= /g, [" < ", " > "]],
  [/ > /g, [" >= ", " < "]],
  [/ < /g, [" <= ", " > "]],
  [/ == /g, [" != "]],
  [/ != /g, [" == "]],
  [/ && /g, [" || "]],
  [/ \|\| /g, [" && "]],
];
const MODIFIER = /\b(only[A-Z]\w*|when[A-Z]\w*|nonReentrant|currentRoundInitialized|at[A-Z]\w*)(\([^)]*\))?(?=[\s{])/g;

function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
}

/** The text with comments and strings blanked, so that every offset stays where it is. */
function blank(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/g, (found) => found.replace(/[^\n]/g, " "));
}

/** All mutants of one source: where, what stands there, what is put there. */
function mutants(file) {
  const text = fs.readFileSync(path.join(ROOT, file), "utf8");
  const code = blank(text);
  const found = [];
  const add = (start, end, replacement, kind) => found.push({ file, start, end, replacement, kind });
  for (const [pattern, replacements] of OPERATORS) {
    for (const match of code.matchAll(pattern)) {
      for (const put of replacements) add(match.index, match.index + match[0].length, put, "operator");
    }
  }
  for (const match of code.matchAll(/^ *require\(/gm)) {
    let depth = 0;
    let end = match.index + match[0].length - 1;
    for (; end < code.length; end++) {
      if (code[end] === "(") depth++;
      if (code[end] === ")" && --depth === 0) break;
    }
    add(match.index, end + 2, "", "guard");
  }
  for (const header of code.matchAll(/\b(function|constructor)\b[^;{]*\{/g)) {
    for (const match of header[0].matchAll(MODIFIER)) {
      const start = header.index + match.index;
      add(start, start + match[0].length, "", "modifier");
    }
  }
  const line = (at) => text.slice(0, at).split("\n").length;
  const around = (m) => text.slice(text.lastIndexOf("\n", m.start) + 1, text.indexOf("\n", m.end - 1)).trim();
  return found
    .sort((a, b) => a.start - b.start || a.replacement.localeCompare(b.replacement))
    .map((m) => ({
      ...m,
      line: line(m.start),
      text: around(m).replace(/\s+/g, " "),
      was: text.slice(m.start, m.end).trim().replace(/\s+/g, " "),
      whole: text.slice(0, m.start) + m.replacement + text.slice(m.end),
    }));
}

/** The same choice for the same seed: a linear congruential shuffle. */
function sample(list, count, seed) {
  const shuffled = [...list];
  let state = BigInt(seed) + 1n;
  for (let i = shuffled.length - 1; i > 0; i--) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    const j = Number((state >> 33n) % BigInt(i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled.slice(0, count);
}

function forge(directory, ...args) {
  const env = { ...process.env, FOUNDRY_OPTIMIZER: "false", FOUNDRY_DYNAMIC_TEST_LINKING: "true" };
  const run = spawnSync(process.execPath, [path.join(directory, "tools/forge.cjs"), ...args], {
    cwd: directory,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { ok: run.status === 0, output: run.stdout + run.stderr };
}

const name = (m) => `${m.file}:${m.line}  ${m.was || "?"} -> ${m.replacement.trim() || "(removed)"}   | ${m.text}`;
const excused = (m) =>
  CONFIG.excused.find((e) => e.file === m.file && e.text === m.text && e.was === m.was && e.put === m.replacement.trim());

const seed = Number(option("seed", "1"));
const most = Number(option("max", "20"));
const only = option("only", "");
const rules = CONFIG.rules.filter((rule) => rule.name.includes(only));
if (rules.length === 0) throw new Error(`no rule contains ${only}`);

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mutants-"));
for (const entry of COPIED) fs.cpSync(path.join(ROOT, entry), path.join(directory, entry), { recursive: true });
fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(directory, "node_modules"));

const count = { killed: 0, stillborn: 0, excused: 0, survived: 0 };
console.log(`seed ${seed}, at most ${most} mutants a rule`);
for (const rule of rules) {
  const test = ["test", "--match-path", rule.tests, "--fail-fast"];
  const chosen = sample(rule.sources.flatMap(mutants), most, seed);
  console.log(`${rule.name}: ${chosen.length} mutants`);
  if (process.argv.includes("--list")) {
    for (const m of chosen) console.log(`  ${name(m)}`);
    continue;
  }
  const sound = forge(directory, ...test);
  if (!sound.ok) throw new Error(`the tests of ${rule.name} fail before anything is changed:\n${sound.output.slice(-3000)}`);
  for (const m of chosen) {
    const target = path.join(directory, m.file);
    const before = fs.readFileSync(target, "utf8");
    fs.writeFileSync(target, m.whole);
    const run = forge(directory, ...test);
    fs.writeFileSync(target, before);
    let verdict = "killed";
    if (run.ok) verdict = excused(m) ? "excused" : "survived";
    else if (/Compiler run failed|Error: Compilation failed/.test(run.output)) verdict = "stillborn";
    count[verdict]++;
    console.log(`  ${verdict.padEnd(9)} ${name(m)}`);
  }
}
fs.rmSync(directory, { recursive: true, force: true });
if (!process.argv.includes("--list")) {
  console.log(Object.entries(count).map(([verdict, n]) => `${n} ${verdict}`).join(", "));
  process.exit(count.survived === 0 ? 0 : 1);
}
