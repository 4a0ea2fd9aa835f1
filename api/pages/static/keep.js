// Keeps what is to be sent on this phone until it has arrived, so that neither a tunnel nor a closed page loses it.
"use strict";

(() => {
  const NAME = "tillpoints";
  const STORE = "waiting";
  const WHO = "tillpoints-member";

  function open() {
    return new Promise((done, fail) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  }

  async function within(mode, work) {
    const database = await open();
    try {
      return await new Promise((done, fail) => {
        const change = database.transaction(STORE, mode);
        const asked = work(change.objectStore(STORE));
        change.oncomplete = () => done(asked.result);
        change.onerror = () => fail(change.error);
        change.onabort = () => fail(change.error);
      });
    } finally {
      database.close();
    }
  }

  // Where the browser keeps nothing (a private window), sending works all the same.
  async function quietly(work, otherwise) {
    try { return await work(); } catch { return otherwise; }
  }

  window.tillpointsKeep = {
    put: (entry) => quietly(async () => { await within("readwrite", (store) => store.put(entry)); return true; }, false),
    drop: (key) => quietly(() => within("readwrite", (store) => store.delete(key))),
    // Only the member's own: another may have signed in on the same phone. What was kept while nobody was
    // signed in is whose who signs in next.
    async of(member) {
      const all = await quietly(() => within("readonly", (store) => store.getAll()), []);
      return all.filter((entry) => entry.member === member || entry.member === "");
    },
    who: () => { try { return localStorage.getItem(WHO) || ""; } catch { return ""; } },
    setWho: (member) => { try { localStorage.setItem(WHO, member); } catch { /* nothing is kept then */ } },
  };
})();
