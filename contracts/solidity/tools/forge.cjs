#!/usr/bin/env node
// Runs the forge of the npm package `@foundry-rs/forge` and exits as it does. The package's own launcher, which `npx
// forge` starts, exits with 0 whatever forge said: a chain of commands would go on after a failed test.
"use strict";
const { spawnSync } = require("child_process");

const ARCH = { x64: "amd64", arm64: "arm64" };
const SUFFIX = process.platform === "win32" ? ".exe" : "";
const PACKAGE = `@foundry-rs/forge-${process.platform}-${ARCH[process.arch]}`;

const run = spawnSync(require.resolve(`${PACKAGE}/bin/forge${SUFFIX}`), process.argv.slice(2), { stdio: "inherit" });
if (run.error) throw run.error;
process.exit(run.status ?? 1);
