// Preloaded with `node --require`: ends this process when the one that started it has closed our stdin, which the
// operating system does even for a process killed by SIGKILL.
"use strict";

const PATIENCE_MS = 8000;
let ending = false;

function end() {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  // Azurite answers SIGTERM by writing its metadata to disk; emitting it to its own listener cannot kill it half way.
  if (!process.emit("SIGTERM")) process.exit(1);
}

process.stdin.on("end", end).on("close", end).on("error", end).resume();
// A stdin that is being read would keep an otherwise finished process alive.
process.stdin.unref();
// What reads our output has ended with that process: what is said after that is lost, and no reason to end half way.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
