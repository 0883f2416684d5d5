// Makes Azurite's metadata durable: every change of its LokiJS databases goes to the journal, and the databases are
// saved as whole files only now and then. A start loads the files and applies the journal.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Journal, syncFolder, writeAll } = require("./journal.cjs");

const CHECKPOINT_BYTES = 8 * 1024 * 1024;
const RETRY_MS = 30000;

/** Hooks into the LokiJS module; `folder` is where the databases are. Returns their journal. */
function keepMetadata(Loki, folder) {
  const journal = new Journal(folder);
  const databases = new Map(); // file name: database
  const sizes = new Map(); // file name: bytes
  const named = new Set(); // file names in the journal
  let changesOf = null; // file name: changes of earlier processes
  let saving = null;
  let retryAt = 0; // by performance.now()

  function earlier(file) {
    if (!changesOf) {
      changesOf = new Map();
      for (const line of journal.earlier((words) => console.log(words))) {
        const [name, ...change] = JSON.parse(line);
        named.add(name);
        if (!changesOf.has(name)) changesOf.set(name, []);
        changesOf.get(name).push(change);
      }
    }
    const changes = changesOf.get(file) || [];
    changesOf.delete(file);
    return changes;
  }

  function append(collection, ids, document) {
    if (collection.journalled === undefined) return;
    // LokiJS stores documents as JSON, too.
    const change = [collection.journalled, collection.name, ids, ...(document ? [document] : [])];
    named.add(collection.journalled);
    journal.append(JSON.stringify(change));
    const limit = Math.max(CHECKPOINT_BYTES, sizes.get(collection.journalled) || 0);
    if (journal.bytes > limit && !saving && performance.now() > retryAt) save().catch(() => {});
  }

  const proto = Loki.Collection.prototype;
  const { insertOne, update, remove, removeBatchByPositions } = proto;
  proto.insertOne = function (document, ...rest) {
    const inserted = insertOne.call(this, document, ...rest);
    if (inserted) append(this, [inserted.$loki], inserted);
    return inserted;
  };
  proto.update = function (document) {
    const updated = update.call(this, document);
    if (updated) append(this, [updated.$loki], updated); // nothing for a list, whose elements come one by one
    return updated;
  };
  proto.remove = function (document) {
    const one = typeof document === "object" && !Array.isArray(document) ? document.$loki : undefined;
    const removed = remove.call(this, document);
    if (one !== undefined && removed) append(this, [one]);
    return removed;
  };
  proto.removeBatchByPositions = function (positions) {
    this.ensureId();
    const ids = Array.from(positions, (position) => this.idIndex[position]);
    const removed = removeBatchByPositions.call(this, positions);
    if (ids.length) append(this, ids);
    return removed;
  };

  const { addCollection } = Loki.prototype;
  Loki.prototype.addCollection = function (...given) {
    const collection = addCollection.apply(this, given);
    // Not enumerable: it is not saved.
    Object.defineProperty(collection, "journalled", { value: path.basename(this.filename), writable: true });
    return collection;
  };

  Loki.prototype.loadDatabase = function (_options, callback) {
    const file = path.basename(this.filename);
    let content;
    try {
      content = JSON.parse(fs.readFileSync(this.filename, "utf8"));
      const changed = apply(content, earlier(file));
      this.loadJSONObject(content, {});
      for (const name of changed) this.getCollection(name).ensureAllIndexes(true);
      this.autosaveClearFlags();
    } catch (error) {
      callback(new Error(`the metadata of the blobs in ${this.filename} cannot be read: ${error.message}`));
      return;
    }
    callback(null);
  };

  // Azurite calls it after it has loaded a database or found none.
  Loki.prototype.saveDatabase = function (callback) {
    const file = path.basename(this.filename);
    const known = fs.existsSync(this.filename);
    if (!known && earlier(file).length) {
      callback(new Error(`the metadata of the blobs in ${this.filename} is missing, and a journal of its changes is there`));
      return;
    }
    databases.set(file, this);
    // Soon, but not in the way of the start.
    if (journal.old.length) setTimeout(() => save().catch(() => {}), 2000).unref();
    if (known && !this.autosaveDirty()) return callback(null);
    store(this).then(() => callback(null), callback);
  };
  Loki.prototype.autosaveEnable = function () {};

  const closed = new Set();
  Loki.prototype.close = function (callback) {
    closed.add(this);
    const done = closed.size === databases.size ? save().then(() => journal.close()) : Promise.resolve();
    // What is not saved is in the journal.
    done.catch(() => {}).then(() => callback());
  };

  async function store(database) {
    const text = serialize(Loki, database);
    const fresh = `${database.filename}~`;
    try {
      const handle = await fs.promises.open(fresh, "w", 0o600);
      try {
        const content = Buffer.from(text, "utf8");
        sizes.set(path.basename(database.filename), content.length);
        await writeAll(handle, content, 0);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.promises.rename(fresh, database.filename);
      syncFolder(folder);
    } catch (error) {
      await fs.promises.rm(fresh, { force: true }).catch(() => {});
      throw error;
    }
    database.autosaveClearFlags();
  }

  /** Save all databases, then remove the journal files whose changes they contain. */
  function save() {
    saving ??= (async () => {
      try {
        if (journal.file) await journal.rotate();
        const names = [...journal.old];
        if (!names.length) return;
        for (const name of named) if (!databases.has(name)) throw new Error(`${name} is not loaded`);
        for (const database of databases.values()) await store(database);
        await journal.forget(names);
      } catch (error) {
        retryAt = performance.now() + RETRY_MS;
        console.log(`the metadata of the blobs cannot be saved and stays in its journal: ${error.message}`);
        throw error;
      } finally {
        saving = null;
      }
    })();
    return saving;
  }

  return journal;
}

/** Apply changes to the content of a database file, before LokiJS loads it. Returns the names of changed collections. */
function apply(content, changes) {
  if (!Array.isArray(content.collections)) throw new Error("it has no collections");
  const found = new Map();
  for (const [name, ids, document] of changes) {
    if (!found.has(name)) {
      const collection = content.collections.find((one) => one.name === name);
      if (!collection) throw new Error(`it has no collection ${name}`);
      found.set(name, { collection, documents: new Map(collection.data.map((one) => [one.$loki, one])) });
    }
    const { collection, documents } = found.get(name);
    for (const id of ids) {
      if (document) documents.set(id, document);
      else documents.delete(id);
      collection.maxId = Math.max(collection.maxId || 0, id);
    }
  }
  for (const { collection, documents } of found.values()) {
    collection.data = [...documents.values()].sort((one, other) => one.$loki - other.$loki);
  }
  return [...found.keys()];
}

/** As LokiJS does it, but metadata of a blob with a name such as `ttl` is kept. */
function serialize(Loki, database) {
  const owners = new Set([database, ...database.collections]);
  return JSON.stringify(database, function (key, value) {
    return owners.has(this) ? Loki.prototype.serializeReplacer(key, value) : value;
  });
}

module.exports = { keepMetadata, apply };
