// Finds one blob among many at once. LokiJS applies the conditions of a query one after another, the account's name
// first: it looks at every blob of the account, several times a request; and it sorts all of them after each removal.
"use strict";

const IDENTITY = ["accountName", "containerName", "name"];

/** Hooks into the LokiJS module, for collections of documents with these properties. */
function findBlobsByName(Loki, collectionName) {
  const proto = Loki.Collection.prototype;
  const { findOne, findAndRemove, insertOne, update, remove, removeBatchByPositions } = proto;
  const found = new WeakMap(); // data of a collection: its documents by identity

  const keyOf = (one) => JSON.stringify(IDENTITY.map((property) => one[property]));

  /** The documents by identity, oldest first; made anew whenever LokiJS has replaced the list of documents. */
  function byIdentity(collection) {
    let documents = found.get(collection.data);
    if (!documents) {
      documents = new Map();
      found.set(collection.data, documents);
      for (const one of collection.data) add(documents, one);
    }
    return documents;
  }

  function add(documents, one) {
    const key = keyOf(one);
    if (documents.has(key)) documents.get(key).push(one);
    else documents.set(key, [one]);
  }

  /** The documents that match, or null for a query of another kind. */
  function matching(collection, query) {
    if (collection.name !== collectionName || !query) return null;
    const rest = Object.keys(query).filter((property) => !IDENTITY.includes(property));
    if (rest.some((property) => property !== "snapshot")) return null;
    if (!IDENTITY.every((property) => typeof query[property] === "string")) return null;
    const documents = byIdentity(collection).get(keyOf(query)) || [];
    if (!rest.length) return documents;
    if (typeof query.snapshot !== "string") return null;
    return documents.filter((one) => one.snapshot === query.snapshot);
  }

  proto.findOne = function (query) {
    const documents = matching(this, query);
    return documents ? documents[0] ?? null : findOne.call(this, query);
  };
  proto.findAndRemove = function (query) {
    const documents = matching(this, query);
    if (documents) for (const one of [...documents]) this.remove(one);
    // LokiJS rebuilds all indices even if nothing matches.
    else if (this.chain().find(query).count()) findAndRemove.call(this, query);
  };
  proto.insertOne = function (...given) {
    const inserted = insertOne.apply(this, given);
    if (this.name === collectionName && inserted) {
      const documents = found.get(this.data);
      if (documents) add(documents, inserted);
    }
    return inserted;
  };
  proto.update = function (one) {
    const updated = update.call(this, one);
    const same = this.name === collectionName && updated ? found.get(this.data)?.get(keyOf(updated)) : undefined;
    const position = same ? same.findIndex((other) => other.$loki === updated.$loki) : -1;
    if (position >= 0) same[position] = updated;
    return updated;
  };
  proto.remove = function (one) {
    const single = this.name === collectionName && typeof one === "object" && !Array.isArray(one);
    const documents = single ? found.get(this.data) : undefined;
    const { $loki } = one;
    const removed = remove.call(this, one);
    if (documents) {
      const key = keyOf(one);
      const left = (documents.get(key) || []).filter((other) => other !== one && other.$loki !== $loki);
      if (left.length) documents.set(key, left);
      else documents.delete(key);
    }
    return removed;
  };
  proto.removeBatchByPositions = function (positions) {
    found.delete(this.data);
    return removeBatchByPositions.call(this, positions);
  };
}

module.exports = { findBlobsByName };
