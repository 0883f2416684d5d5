// Preloaded into Azurite before its first file: only files are loaded that are as they were when Azurite was installed,
// by the manifest of the installation, and those of recipebatch that were preloaded.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.resolve(process.argv[1], "../../../../../..");
const known = JSON.parse(fs.readFileSync(path.join(root, "manifest.json"), "utf8"));
const ours = [__dirname + path.sep, ...process.execArgv.map((one) => one.replace(/^--require=/, ""))];

function sha256(content) {
  return crypto.createHash("sha256").update(content).digest("hex");
}

function verify(filename, content) {
  if (ours.some((one) => filename === one || (one.endsWith(path.sep) && filename.startsWith(one)))) return;
  const name = path.relative(root, filename);
  const expected = Object.hasOwn(known, name) ? known[name] : undefined;
  if (expected === undefined) throw new Error(`${filename} does not belong to the installation of Azurite`);
  // What is compiled is the text of the file without a byte order mark.
  if (content !== undefined && sha256(content) === expected) return;
  const stored = fs.readFileSync(filename);
  const same = content === undefined || stored.toString("utf8").replace(/^\ufeff/, "") === content;
  if (same && sha256(stored) === expected) return;
  throw new Error(`${filename} is not as it was when Azurite was installed`);
}

const { _compile } = Module.prototype;
Module.prototype._compile = function (content, filename, ...rest) {
  verify(filename, content);
  return _compile.call(this, content, filename, ...rest);
};
for (const suffix of [".json", ".node"]) {
  const load = Module._extensions[suffix];
  Module._extensions[suffix] = function (module, filename) {
    verify(filename);
    return load(module, filename);
  };
}
