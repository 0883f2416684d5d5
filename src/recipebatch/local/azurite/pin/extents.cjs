// Replaces how Azurite stores the content of blobs. Its own way, when a write fails or a client leaves, closes a file
// that is still being written, so that the rest goes to whatever file gets its number next, and loses a place to
// write to at each file that cannot be opened, until two requests write to one place.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { syncFolder, writeAll } = require("./journal.cjs");

const MAX_BYTES = 64 * 1024 * 1024; // as Azurite: a file that is longer gets no more content
const FREE = 0;
const WRITING = 1;

/**
 * Hooks into Azurite's FSExtentStore. Content is on the disk before it is referred to; `journal` refers to it.
 * What cannot be written is answered by a StorageError.
 */
function keepContent(FSExtentStore, StorageError, journal) {
  const folders = new Set(); // with a file that was created and may have no entry on the disk
  journal.beforeStore.push(async () => {
    for (const folder of folders) {
      syncFolder(folder);
      folders.delete(folder);
    }
  });

  FSExtentStore.prototype.appendExtent = function (data, contextId) {
    return this.appendQueue.operate(() => append(this, data, contextId), contextId);
  };

  // Content must not disappear before the change that made it unused is on the disk.
  const { deleteExtents } = FSExtentStore.prototype;
  FSExtentStore.prototype.deleteExtents = async function (ids) {
    await journal.durable();
    return deleteExtents.call(this, ids);
  };

  async function append(store, data, contextId) {
    // The queue lets no more operations run than there are places.
    const place = store.activeWriteExtents.find((one) => one.appendStatus === FREE);
    place.appendStatus = WRITING;
    try {
      if (place.offset >= MAX_BYTES) {
        await place.handle.close().catch(() => {});
        place.handle = undefined;
        store.getNewExtent(place);
      }
      const folder = store.persistencyPath.get(place.locationId);
      place.handle ??= await fs.promises.open(path.join(folder, place.id), "w", 0o600);
      // Always at its position: what a failed write left is overwritten.
      const { id, offset } = place;
      const count = await write(place.handle, offset, data);
      await place.handle.datasync();
      if (offset === 0) folders.add(folder);
      const now = Date.now();
      // Azurite itself reads one of the two names, which it does not write at first.
      const times = { lastModifiedInMS: now, LastModifyInMS: now };
      const { locationId } = place;
      await store.metadataStore.updateExtent({ id, locationId, path: id, size: offset + count, ...times });
      place.offset += count;
      return { id, offset, count };
    } catch (error) {
      if (!error.syscall) throw error; // the client left
      throw new StorageError(503, "ServerBusy", `the local account cannot store this: ${error.message}`, contextId);
    } finally {
      place.appendStatus = FREE;
    }
  }
}

/** Write a buffer or what a stream gives to a file; returns the number of bytes. */
async function write(handle, position, data) {
  let count = 0;
  try {
    // The default is to end a stream that is not read to its end; a request must live on to be answered.
    for await (const chunk of Buffer.isBuffer(data) ? [data] : data.iterator({ destroyOnReturn: false })) {
      await writeAll(handle, chunk, position + count);
      count += chunk.length;
    }
  } catch (error) {
    if (!Buffer.isBuffer(data)) data.resume();
    throw error;
  }
  return count;
}

module.exports = { keepContent };
