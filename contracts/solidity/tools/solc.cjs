#!/usr/bin/env node
// A native-looking solc over the npm package `solc` (soljson): what forge and foundry-compilers expect of a compiler.
// Accepts --version, and --standard-json with --allow-paths, --base-path, --include-path (ignored: every source arrives
// inside the JSON input). Refuses any other argument.
"use strict";
const fs = require("fs");
const path = require("path");

const VERSION_CACHE = path.join(__dirname, ".solc-version");
const PACKAGE = require.resolve("solc/package.json");

/** Writes everything to a file descriptor, surviving EAGAIN of a non-blocking pipe. */
function writeAll(fd, text) {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** The long version, cached beside this file because loading the compiler costs a third of a second. */
function version() {
  const wanted = JSON.parse(fs.readFileSync(PACKAGE, "utf8")).version;
  try {
    const cached = fs.readFileSync(VERSION_CACHE, "utf8");
    if (cached.startsWith(wanted + "+")) return cached;
  } catch {
    // No cache yet.
  }
  const found = require("solc").version();
  try {
    fs.writeFileSync(VERSION_CACHE, found);
  } catch {
    // A read-only checkout only costs time.
  }
  return found;
}

let standardJson = false;
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  if (args[i] === "--version") {
    writeAll(1, `solc, the solidity compiler commandline interface\nVersion: ${version()}\n`);
    process.exit(0);
  } else if (args[i] === "--standard-json") {
    standardJson = true;
  } else if (["--allow-paths", "--base-path", "--include-path"].includes(args[i])) {
    i++;
  } else if (args[i] !== "-") {
    writeAll(2, `tools/solc.cjs: unknown argument ${args[i]}\n`);
    process.exit(2);
  }
}
if (!standardJson) {
  writeAll(2, "tools/solc.cjs: only --version and --standard-json are supported\n");
  process.exit(2);
}
const input = fs.readFileSync(0, "utf8");
writeAll(1, require("solc").compile(input));
process.exit(0);
