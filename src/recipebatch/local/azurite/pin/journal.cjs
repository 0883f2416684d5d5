// A journal of changes in numbered files: what was appended is on the disk when `durable` resolves.
//
// A file is a sequence of frames. A frame is what one write stored: a line with the SHA-256 of its place and text, and
// its length in bytes; then the text, one change a line. A frame that was torn by a kill or a power failure does not
// have its hash: nothing of it was acknowledged, and reading ends there. Zeros follow the last frame: room that is
// taken from the disk in advance, so that a disk that becomes full is noticed before a change is made.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const NAME = /^journal-(\d{8})\.log$/;
const HEADER = /^([0-9a-f]{32}) (\d+)$/;
const ROOM_BYTES = 1024 * 1024;
const LOW_BYTES = ROOM_BYTES / 2;
const DELETE_BYTES = ROOM_BYTES / 16;
const RETRY_MS = 1000;

function hashOf(name, offset, text) {
  return crypto.createHash("sha256").update(`${name} ${offset}\n`).update(text).digest("hex").slice(0, 32);
}

/** The frames of a journal file as texts, where they end, and the number of bytes of a torn one there. */
function readFrames(file) {
  const content = fs.readFileSync(file);
  const name = path.basename(file);
  const texts = [];
  let offset = 0;
  while (offset < content.length && content[offset] !== 0) {
    const end = content.indexOf(10, offset);
    const header = end < 0 ? null : HEADER.exec(content.toString("latin1", offset, Math.min(end, offset + 64)));
    if (!header) break;
    const text = content.subarray(end + 1, end + 1 + Number(header[2]));
    if (hashOf(name, offset, text) !== header[1]) break;
    texts.push(text.toString("utf8"));
    offset = end + 1 + text.length;
  }
  let last = content.length;
  while (last > offset && content[last - 1] === 0) last -= 1;
  return { texts, end: offset, rest: last - offset };
}

function syncFolder(folder) {
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

class Journal {
  /** The files of earlier processes in the folder are kept until `forget`. Creates no file before the first change. */
  constructor(folder) {
    this.folder = folder;
    const found = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    this.old = found.filter((name) => NAME.test(name)).sort();
    this.number = this.old.length ? Number(NAME.exec(this.old[this.old.length - 1])[1]) : 0;
    this.file = null; // {name, handle, offset, size}: what is written now
    this.lines = []; // appended and not stored
    this.appended = 0; // number of changes appended; `stored` of them are on the disk
    this.stored = 0;
    this.bytes = 0; // written since the last `rotate`
    this.error = null; // of the last write
    this.waiting = [];
    this.turn = Promise.resolve(); // file operations run one after another
    this.flushing = false;
    this.beforeStore = []; // asynchronous functions that are run before changes are stored
  }

  /** The changes that earlier processes stored, in their order; `say` is told of torn ends. Gives back their room. */
  *earlier(say) {
    for (const name of this.old) {
      const file = path.join(this.folder, name);
      const { texts, end, rest } = readFrames(file);
      if (rest) say(`${name}: the last ${rest} bytes were not completely written and are ignored`);
      try {
        fs.truncateSync(file, end);
      } catch (error) {
        say(`${name}: ${error.message}`);
      }
      for (const text of texts) yield* text.split("\n");
    }
  }

  append(line) {
    this.lines.push(line);
    this.appended += 1;
    // After the code that is running now: what it changes together is stored together.
    if (!this.flushing) setImmediate(() => this.flush());
  }

  /** Resolves when all that is appended now is on the disk; rejects when it cannot be written. */
  durable() {
    const number = this.appended;
    if (this.stored >= number) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ number, resolve, reject });
      setImmediate(() => this.flush());
    });
  }

  /** Resolves to null if there is room for more changes, else to the error. */
  async noRoom() {
    const low = !this.file || this.file.size - this.file.offset < LOW_BYTES;
    if (!low && !this.error) return null;
    try {
      if (this.error) await this.durable();
      await this.inTurn(() => this.makeRoom(LOW_BYTES));
      return null;
    } catch (error) {
      return error;
    }
  }

  /** As `noRoom`, for changes that delete: they go on with the room that is left. */
  async noRoomToDelete() {
    try {
      if (!this.error) await this.inTurn(() => this.makeRoom(DELETE_BYTES));
    } catch (error) {
      return error;
    }
    return this.error ? this.noRoom() : null;
  }

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    try {
      while (this.lines.length) {
        const count = this.lines.length;
        const number = this.appended;
        for (const prepare of this.beforeStore) await prepare();
        await this.inTurn(() => this.write(this.lines.slice(0, count)));
        this.lines.splice(0, count);
        this.stored = number;
        this.error = null;
        this.settle((waiter) => waiter.resolve(), number);
      }
    } catch (error) {
      if (!this.error) console.log(`the journal of the blobs cannot be written: ${error.message}`);
      this.error = error;
      this.settle((waiter) => waiter.reject(error), Infinity);
      setTimeout(() => this.flush(), RETRY_MS).unref();
    } finally {
      this.flushing = false;
    }
  }

  settle(tell, upTo) {
    const ready = this.waiting.filter((waiter) => waiter.number <= upTo);
    this.waiting = this.waiting.filter((waiter) => waiter.number > upTo);
    ready.forEach(tell);
  }

  inTurn(operation) {
    const result = this.turn.then(operation);
    this.turn = result.catch(() => {});
    return result;
  }

  async write(lines) {
    const text = Buffer.from(lines.join("\n"), "utf8");
    await this.makeRoom(0);
    const file = this.file;
    const frame = Buffer.concat([Buffer.from(`${hashOf(file.name, file.offset, text)} ${text.length}\n`), text]);
    if (file.size - file.offset < frame.length) await this.makeRoom(frame.length);
    // After an error everything is written again: the operating system forgets pages that it could not write.
    await writeAll(file.handle, frame, file.offset);
    await file.handle.datasync();
    file.offset += frame.length;
    this.bytes += frame.length;
    if (file.size - file.offset < LOW_BYTES) this.inTurn(() => this.makeRoom(ROOM_BYTES)).catch(() => {});
  }

  /** Ensure that a file is open and that `bytes` can be written to it. */
  async makeRoom(bytes) {
    this.file ??= await this.create();
    const file = this.file;
    const size = file.offset + bytes;
    if (file.size >= size) return;
    const target = size + ROOM_BYTES;
    try {
      await writeAll(file.handle, Buffer.alloc(target - file.size), file.size);
      await file.handle.datasync();
      file.size = target;
    } catch (error) {
      await file.handle.truncate(file.size).catch(() => {});
      throw error;
    }
  }

  async create() {
    const name = `journal-${String(this.number + 1).padStart(8, "0")}.log`;
    // With little room blobs can still be deleted.
    let file;
    try {
      file = await this.createWith(name, ROOM_BYTES);
    } catch {
      file = await this.createWith(name, 2 * DELETE_BYTES);
    }
    this.number += 1;
    return file;
  }

  async createWith(name, size) {
    const place = path.join(this.folder, name);
    const handle = await fs.promises.open(place, "wx", 0o600);
    try {
      await writeAll(handle, Buffer.alloc(size), 0);
      await handle.sync();
      syncFolder(this.folder);
      return { name, handle, offset: 0, size };
    } catch (error) {
      await handle.close().catch(() => {});
      await fs.promises.unlink(place).catch(() => {});
      throw error;
    }
  }

  /** Write to a new file from now on. All that was stored before is in `old`. */
  rotate() {
    return this.inTurn(async () => {
      const before = this.file;
      if (before && before.offset === 0) return;
      this.file = await this.create();
      this.bytes = 0;
      if (!before) return;
      this.old.push(before.name);
      await before.handle.close().catch(() => {});
    });
  }

  /** Remove the files whose changes are stored elsewhere now, the oldest first: what is left can be applied again. */
  async forget(names) {
    for (const name of names) await fs.promises.rm(path.join(this.folder, name), { force: true });
    this.old = this.old.filter((name) => !names.includes(name));
  }

  /** Close, and remove the current file if nothing was written to it. */
  close() {
    return this.inTurn(async () => {
      const file = this.file;
      this.file = null;
      if (!file) return;
      await file.handle.close();
      if (file.offset === 0) await fs.promises.rm(path.join(this.folder, file.name), { force: true });
    });
  }
}

async function writeAll(handle, content, position) {
  let done = 0;
  while (done < content.length) {
    const { bytesWritten } = await handle.write(content, done, content.length - done, position + done);
    done += bytesWritten;
  }
}

module.exports = { Journal, readFrames, syncFolder, writeAll };
