// Preloaded into Azurite after guard.cjs: tells on stdout which Node.js runs and that requests arrive, and shortens the
// time in which a killed Azurite forgets what it has acknowledged.
"use strict";

const http = require("node:http");
const https = require("node:https");
const nodeModule = require("node:module");

console.log(`node ${process.version}`);

// At most one line a second, however many requests: the parent process takes it for a sign of use.
let reported = 0;
let open = 0;
function report() {
  if (Date.now() - reported >= 1000) {
    reported = Date.now();
    console.log("active");
  }
}
for (const Server of [http.Server, https.Server]) {
  const emit = Server.prototype.emit;
  Server.prototype.emit = function (event, request, response, ...rest) {
    if (event === "request") {
      report();
      open += 1;
      response.once("close", () => {
        open -= 1;
      });
    }
    return emit.call(this, event, request, response, ...rest);
  };
}
// A transfer that lasts longer than the idle limit is use, too.
setInterval(() => open > 0 && report(), 1000).unref();

// Azurite saves its metadata every 5 seconds. Small databases are saved within a quarter of a second of a change;
// a large one takes at most a twentieth of the time for saving.
const Loki = nodeModule.createRequire(process.argv[1])("lokijs");
Loki.prototype.autosaveEnable = function (_options, callback) {
  const database = this;
  database.autosave = true;
  function again(pauseMs) {
    database.autosaveHandle = setTimeout(saveIfChanged, pauseMs);
  }
  function saveIfChanged() {
    if (!database.autosaveDirty()) return again(250);
    const began = Date.now();
    return database.saveDatabase((error) => {
      if (database.autosaveHandle !== null) again(Math.max(250, 20 * (Date.now() - began)));
      if (callback) callback(error);
    });
  }
  again(250);
};

// The next start reads compiled code from NODE_COMPILE_CACHE; a killed process would never have written it.
if (nodeModule.flushCompileCache) setTimeout(() => nodeModule.flushCompileCache(), 3000).unref();
