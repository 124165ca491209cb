// Runs slither (pip install slither-analyzer==0.11.6) over src/ and judges what it finds: exits 1 on any finding that
// test/slither-accepted.json does not name with a reason, and on an entry there that nothing matches any more.
//
//   node tools/slither.cjs              slither on the PATH
//   SLITHER=… node tools/slither.cjs    another one
//
// Slither reads forge's build-info; the compiler is the pinned one. It asks `forge config`, so forge is put on its PATH.
"use strict";
const { spawnSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const ROOT = path.join(__dirname, "..");
const ARCH = { x64: "amd64", arm64: "arm64" };
const FORGE = path.dirname(require.resolve(`@foundry-rs/forge-${process.platform}-${ARCH[process.arch]}/bin/forge`));

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "slither-"));
for (const entry of ["src", "tools", "foundry.toml"]) {
  fs.cpSync(path.join(ROOT, entry), path.join(directory, entry), { recursive: true });
}
fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(directory, "node_modules"));
const build = spawnSync(process.execPath, ["tools/forge.cjs", "build", "--build-info"], { cwd: directory, encoding: "utf8" });
if (build.status !== 0) throw new Error(build.stdout + build.stderr);

const report = path.join(directory, "slither.json");
const env = { ...process.env, PATH: `${FORGE}${path.delimiter}${process.env.PATH}` };
const args = [".", "--foundry-ignore-compile", "--foundry-out-directory", "out", "--filter-paths", "node_modules"];
const run = spawnSync(process.env.SLITHER ?? "slither", [...args, "--json", report], { cwd: directory, env, encoding: "utf8" });
if (run.error) throw run.error;
if (!fs.existsSync(report)) throw new Error(run.stdout + run.stderr);
const result = JSON.parse(fs.readFileSync(report, "utf8"));
if (!result.success) throw new Error(`slither: ${result.error}`);

const accepted = JSON.parse(fs.readFileSync(path.join(ROOT, "test/slither-accepted.json"), "utf8"));
const used = new Set();
let open = 0;
const found = result.results.detectors ?? [];
for (const finding of found) {
  const file = finding.elements[0]?.source_mapping.filename_relative ?? "";
  const entry = accepted.find((e) => e.check === finding.check && (e.file === undefined || e.file === file));
  if (entry !== undefined) {
    used.add(entry);
    continue;
  }
  open++;
  console.error(`${finding.impact} ${finding.check} in ${file}\n  ${finding.description.trim()}`);
}
for (const entry of accepted.filter((e) => !used.has(e))) {
  open++;
  console.error(`nothing matches the accepted ${entry.check} ${entry.file ?? ""}`);
}
fs.rmSync(directory, { recursive: true, force: true });
console.log(`slither: ${found.length} findings, ${found.length - open} accepted with a reason, ${open} open`);
process.exit(open === 0 ? 0 : 1);
