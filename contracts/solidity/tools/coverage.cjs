// Measures what the tests reach, with `forge coverage` (no optimizer, no IR), and exits 1 unless they reach every line and
// at least 95% of the branches of src/. Tests of gas are left out: without the optimizer their bounds do not hold.
//
// What is not reached must be named in test/coverage-exceptions.json, each with its reason:
//   { "file": "src/…", "code": "text of the line, trimmed", "reason": "…" }
// Named by its text, an exception survives a shift of lines but not a change of the code. One that is reached by now is
// refused too.
//   node tools/coverage.cjs          runs forge and judges
//   node tools/coverage.cjs FILE     judges a report in lcov's format
"use strict";
const fs = require("fs");
const path = require("path");
const { spawnSync } = require("child_process");

const ROOT = path.join(__dirname, "..");
const REPORT = path.join(ROOT, "cache", "lcov.info");
const MIN_BRANCHES = 0.95;

/** Runs all tests with counters and writes the report; its table goes to the terminal. */
function measure() {
  const args = ["coverage", "--exclude-tests", "--no-match-path", "test/gas/*", "--report", "summary"];
  const run = spawnSync(
    process.execPath,
    [path.join(__dirname, "forge.cjs"), ...args, "--report", "lcov", "--report-file", REPORT],
    { cwd: ROOT, stdio: "inherit" },
  );
  if (run.status !== 0) process.exit(run.status ?? 1);
}

/** For every file of src/ its lines and branches: [line number, whether reached]. */
function read(report) {
  const files = new Map();
  let current;
  for (const row of fs.readFileSync(report, "utf8").split("\n")) {
    const [kind, value = ""] = row.split(/:(.*)/s);
    const fields = value.split(",");
    if (kind === "SF") {
      current = { lines: [], branches: [] };
      if (value.startsWith("src/")) files.set(value, current);
    } else if (kind === "DA") {
      current.lines.push([Number(fields[0]), Number(fields[1]) > 0]);
    } else if (kind === "BRDA") {
      current.branches.push([Number(fields[0]), fields[3] !== "-" && Number(fields[3]) > 0]);
    }
  }
  return files;
}

const report = process.argv[2] ?? REPORT;
if (process.argv[2] === undefined) measure();
const exceptions = JSON.parse(fs.readFileSync(path.join(ROOT, "test/coverage-exceptions.json"), "utf8"));
const used = new Set();
const problems = [];
const totals = { lines: [0, 0, 0], branches: [0, 0, 0] }; // found, reached, excepted

const files = read(report);
if (files.size === 0) problems.push(`${report} names no file of src/`);
for (const [file, found] of files) {
  const code = fs.readFileSync(path.join(ROOT, file), "utf8").split("\n");
  for (const kind of ["lines", "branches"]) {
    for (const [line, reached] of found[kind]) {
      totals[kind][0]++;
      if (reached) {
        totals[kind][1]++;
        continue;
      }
      const text = code[line - 1].trim();
      const exception = exceptions.find((one) => one.file === file && one.code === text);
      if (exception) {
        used.add(exception);
        totals[kind][2]++;
      } else {
        problems.push(`${file}:${line}: ${kind === "lines" ? "line" : "branch"} not reached: ${text}`);
      }
    }
  }
}
for (const exception of exceptions) {
  if (!exception.reason) problems.push(`exception without a reason: ${exception.file}: ${exception.code}`);
  if (!used.has(exception)) problems.push(`exception that is reached, or gone: ${exception.file}: ${exception.code}`);
}
const [branches, branchesReached] = totals.branches;
if (branchesReached < MIN_BRANCHES * branches) problems.push(`fewer than ${MIN_BRANCHES * 100}% of the branches are reached`);

for (const exception of used) console.log(`excepted: ${exception.file}: ${exception.code}: ${exception.reason}`);
for (const problem of problems) console.error(problem);
for (const [kind, [all, reached, excepted]] of Object.entries(totals)) {
  console.log(`${kind}: ${reached} of ${all} reached (${((100 * reached) / all).toFixed(2)}%), ${excepted} excepted`);
}
process.exit(problems.length === 0 ? 0 : 1);
