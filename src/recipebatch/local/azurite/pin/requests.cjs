// Between the HTTP server of Azurite and its handlers: an answer leaves when the changes that it may tell of are on the
// disk; what cannot be stored is refused; connections and requests that come to no end are closed.
"use strict";

const http = require("node:http");
const https = require("node:https");

const HEADERS_MS = 15000;
const BODY_MS = 20000; // without a byte
const ANSWER_MS = 120000; // without a byte read by the client
const CHECK_MS = 5000;
const MAX_TEXT_BYTES = 16 * 1024 * 1024; // a list of 50,000 blocks has 6
const READS = new Set(["GET", "HEAD", "OPTIONS"]);
const CONTENT = new Set([null, "block", "page", "appendblock"]); // values of `comp` of requests that bring content

/** Hooks into the servers that are created from now on; `report` is told of each request. */
function guardRequests(journal, { report, connections }) {
  for (const module of [http, https]) {
    const { createServer } = module;
    module.createServer = (...given) => {
      const options = typeof given[0] === "object" ? given.shift() : {};
      const limits = { connectionsCheckingInterval: CHECK_MS, headersTimeout: HEADERS_MS, requestTimeout: 0 };
      const server = createServer({ ...options, ...limits }, ...given);
      server.timeout = ANSWER_MS;
      limitConnections(server, connections);
      return server;
    };
  }
  const requests = new Map(); // open ones: {bytes, since}
  for (const Server of [http.Server, https.Server]) {
    const { emit } = Server.prototype;
    Server.prototype.emit = function (event, ...given) {
      if (event !== "request" || !this.listenerCount(event)) return emit.call(this, event, ...given);
      const [request, response] = given;
      report();
      useLast(this, request.socket);
      requests.set(request, { bytes: -1, since: 0 });
      request.socket.requests = (request.socket.requests || 0) + 1;
      response.once("close", () => {
        requests.delete(request);
        request.socket.requests -= 1;
      });
      holdAnswer(response, journal);
      const handle = () => emit.call(this, event, ...given);
      const refusal = refuse(request);
      if (refusal) answer(response, ...refusal);
      else if (READS.has(request.method)) handle();
      else {
        const room = request.method === "DELETE" ? journal.noRoomToDelete() : journal.noRoom();
        room.then((error) => (error ? answerError(response, error) : handle()));
      }
      return true;
    };
  }
  setInterval(() => {
    // A transfer that lasts long is use, too.
    if (requests.size) report();
    for (const [request, seen] of requests) closeStalled(request, seen);
  }, 1000).unref();
}

function refuse(request) {
  if (READS.has(request.method)) return null;
  // As Azurite's own parser: the query begins at the first question mark and may hold others.
  const at = request.url.indexOf("?");
  const path = at < 0 ? request.url : request.url.slice(0, at);
  const comp = new URLSearchParams(at < 0 ? "" : request.url.slice(at + 1)).get("comp");
  // One such name, and no list of its container can be sent any more. It can be deleted, as it may be there already.
  if (request.method !== "DELETE" && !isName(path)) {
    return [400, "InvalidUri", "the path has a character that no answer in XML can contain, or is not UTF-8"];
  }
  if (CONTENT.has(comp)) return null;
  const length = request.headers["content-length"];
  if (length === undefined && request.headers["transfer-encoding"] !== undefined) {
    return [411, "MissingContentLengthHeader", "the length of the request body is missing"];
  }
  if (Number(length || 0) <= MAX_TEXT_BYTES) return null;
  return [413, "RequestBodyTooLarge", `the request body has more than ${MAX_TEXT_BYTES} bytes`];
}

function isName(path) {
  try {
    return !/[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/.test(decodeURIComponent(path));
  } catch {
    return false;
  }
}

/** Close the connection of a request whose body does not arrive. */
function closeStalled(request, seen) {
  const { socket } = request;
  // What has arrived and was not read is waiting for us.
  if (request.complete || request.readableLength || socket.bytesRead !== seen.bytes) {
    seen.bytes = socket.bytesRead;
    seen.since = performance.now();
  } else if (performance.now() - seen.since > BODY_MS) socket.destroy();
}

/** Let no answer begin before the changes made until then are on the disk. */
function holdAnswer(response, journal) {
  const { write, end } = response;
  let held = null;
  function begin(method, given) {
    if (!held) {
      const wait = journal.stored >= journal.appended ? null : journal.durable();
      if (!wait) {
        delete response.write;
        delete response.end;
        return method.apply(response, given);
      }
      held = [];
      wait.then(release, (error) => {
        answerError(response, error);
        // The handler may not have ended.
        response.write = () => true;
        response.end = () => response;
      });
    }
    held.push([method, given]);
    return method === end ? response : false;
  }
  function release() {
    delete response.write;
    delete response.end;
    for (const [method, given] of held) method.apply(response, given);
    if (held.at(-1)[0] !== end) response.emit("drain");
  }
  response.write = (...given) => begin(write, given);
  response.end = (...given) => begin(end, given);
}

function answerError(response, error) {
  answer(response, 503, "ServerBusy", `the local account cannot store this: ${error.message}`);
}

function answer(response, status, code, message) {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  response.statusCode = status;
  response.statusMessage = message.replaceAll(/[^ -~]/g, "?");
  response.setHeader("x-ms-error-code", code);
  response.setHeader("Content-Type", "application/xml");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  if (status !== 503) response.setHeader("Connection", "close"); // its body is too much to read
  // As this replaces an answer, it waits for nothing.
  delete response.write;
  delete response.end;
  response.end(body);
}

/** At most `most` connections: a new one replaces the one that has been idle for longest. */
function limitConnections(server, most) {
  const sockets = new Set(); // those used last at the end
  server.connectionsByUse = sockets;
  server.maxConnections = most + 50;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    if (sockets.size <= most) return;
    for (const other of sockets) {
      if (other === socket || other.requests) continue;
      other.destroy();
      sockets.delete(other);
      return;
    }
  });
}

function useLast(server, socket) {
  server.connectionsByUse?.delete(socket);
  server.connectionsByUse?.add(socket);
}

module.exports = { guardRequests };
