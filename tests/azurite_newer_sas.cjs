// Preloaded into the Azurite of the tests for Entra ID: from service version 2026-04-06 on, a user delegation SAS signs
// two more lines, the headers and the query parameters it prescribes, of which this Azurite knows nothing. Ours
// prescribes none, so that both lines are empty.
"use strict";

const path = require("node:path");
const blob = path.dirname(process.argv[1]);
const signatures = require(path.join(blob, "authentication", "IBlobSASSignatureValues.js"));
const { computeHMACSHA256 } = require(path.join(blob, "..", "common", "utils", "utils.js"));

const original = signatures.generateBlobSASSignatureWithUDK;
signatures.generateBlobSASSignatureWithUDK = (values, resource, account, key) => {
  const [signature, text] = original(values, resource, account, key);
  if (values.version < "2026-04-06") return [signature, text];
  const lines = text.split("\n");
  // Before the five response headers that a SAS may set.
  lines.splice(-5, 0, "", "");
  const longer = lines.join("\n");
  return [computeHMACSHA256(longer, key), longer];
};
