// Preloaded into Azurite after guard.cjs: tells on stdout which Node.js runs and that requests arrive, and makes
// Azurite keep what it has acknowledged, answer while the disk is full, and outlive hostile requests.
"use strict";

const nodeModule = require("node:module");
const { keepContent } = require("./extents.cjs");
const { findBlobsByName } = require("./lookups.cjs");
const { keepMetadata } = require("./metadata.cjs");
const { guardRequests } = require("./requests.cjs");

console.log(`node ${process.version}`);

// At most one line a second, however many requests: the parent process takes it for a sign of use.
let reported = -Infinity; // not by the clock, which can be set
function report() {
  if (performance.now() - reported >= 1000) {
    reported = performance.now();
    console.log("active");
  }
}

const azurite = nodeModule.createRequire(process.argv[1]);
const folder = process.argv[process.argv.indexOf("--location") + 1];
// Half of the files that may be open are for connections.
const most = Math.min(1000, Math.max(8, Math.floor(Number(process.env.RECIPEBATCH_OPEN_FILES) / 2)));
const journal = keepMetadata(azurite("lokijs"), folder);
findBlobsByName(azurite("lokijs"), "$BLOBS_COLLECTION$");
guardRequests(journal, { report, connections: most });
keepContent(azurite("../common/persistence/FSExtentStore").default, azurite("./errors/StorageError").default, journal);
const { DEFAULT_BLOB_PERSISTENCE_ARRAY: places } = azurite("./utils/constants");
for (const place of places) place.maxConcurrency = Math.min(place.maxConcurrency, Math.max(4, Math.floor(most / 4)));

// A defect that one request meets must not end the answers to the others. What happens before the start ends it.
let started = false;
const { log } = console;
console.log = (...words) => {
  if (String(words[0]).includes("successfully listens on")) started = true;
  log(...words);
};
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    log(`Azurite: ${event}: ${error instanceof Error ? error.stack : error}`.slice(0, 2000));
    if (!started) process.exit(1);
  });
}

// The next start reads compiled code from NODE_COMPILE_CACHE; a killed process would never have written it.
if (nodeModule.flushCompileCache) setTimeout(() => nodeModule.flushCompileCache(), 3000).unref();
