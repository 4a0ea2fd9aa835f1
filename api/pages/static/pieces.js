// Sends files in pieces by the tus protocol 1.0.0: after a break it asks how far it came, and goes on there.
"use strict";

(() => {
  const PIECE_BYTES = 256 * 1024;
  const PATIENCE_MS = 60000;
  const WAIT_MS = [500, 1000, 2000, 4000, 8000, 15000];

  class Refused extends Error {
    constructor(status, answer) {
      super(answer.detail || "");
      this.status = status;
      this.answer = answer;
    }
  }
  class Gone extends Error {} // no connection, after all tries

  const tus = { "Tus-Resumable": "1.0.0" };

  function named(name) {
    const bytes = new TextEncoder().encode(name);
    return `filename ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
  }

  async function ask(url, options) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
      return await fetch(url, { ...options, signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  async function told(answer) {
    try { return await answer.json(); } catch { return {}; }
  }

  function pause(ms) {
    return new Promise((done) => {
      const timer = setTimeout(finish, ms);
      function finish() {
        clearTimeout(timer);
        window.removeEventListener("online", finish);
        done();
      }
      window.addEventListener("online", finish);
    });
  }

  // Tries again where the connection broke or the server is short of breath; never where it has refused.
  async function patiently(work, say) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work(tries);
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 409) throw error;
        if (tries === WAIT_MS.length) throw error instanceof Refused ? error : new Gone();
        say(true);
        await pause(WAIT_MS[tries]);
        say(false);
      }
    }
  }

  async function begin(file, csrf) {
    const answer = await ask("/v1/uploads", {
      method: "POST",
      headers: { ...tus, "X-CSRF-Token": csrf, "Upload-Length": String(file.blob.size), "Upload-Metadata": named(file.name) },
    });
    if (answer.status !== 201) throw new Refused(answer.status, await told(answer));
    return answer.headers.get("Location").split("/").pop();
  }

  async function offsetOf(upload) {
    const answer = await ask(`/v1/uploads/${upload}`, { method: "HEAD", headers: tus });
    if (answer.status === 404) return -1;
    if (!answer.ok) throw new Refused(answer.status, {});
    return Number(answer.headers.get("Upload-Offset"));
  }

  async function sendFile(file, csrf, moved, say, remember) {
    let offset = file.upload ? -2 : -1; // -2: ask how far it came; -1: begin
    await patiently(async (tries) => {
      if (tries > 0 && offset >= 0) offset = -2;
      if (offset === -2) offset = await offsetOf(file.upload);
      if (offset === -1) {
        file.upload = await begin(file, csrf);
        offset = 0;
        await remember();
      }
      while (offset < file.blob.size) {
        moved(offset);
        const answer = await ask(`/v1/uploads/${file.upload}`, {
          method: "PATCH",
          headers: { ...tus, "X-CSRF-Token": csrf, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) },
          body: file.blob.slice(offset, offset + PIECE_BYTES),
        });
        if (answer.status !== 204) throw new Refused(answer.status, await told(answer));
        offset = Number(answer.headers.get("Upload-Offset"));
      }
      moved(offset);
    }, say);
  }

  // Sends what was chosen, and gives the submission's answer. The same key twice counts once.
  async function sendAll(entry, csrf, { progress, say, remember }) {
    const total = entry.files.reduce((sum, file) => sum + file.blob.size, 0) || 1;
    const done = new Map();
    for (const file of entry.files) {
      await sendFile(file, csrf, (bytes) => {
        done.set(file, bytes);
        progress(Math.round((100 * [...done.values()].reduce((sum, each) => sum + each, 0)) / total));
      }, say, remember);
    }
    return patiently(async () => {
      const body = new FormData();
      body.append("together", String(entry.together));
      body.append("uploads", entry.files.map((file) => file.upload).join(" "));
      const answer = await ask("/v1/submissions", {
        method: "POST",
        headers: { "Idempotency-Key": `"${entry.key}"`, "X-CSRF-Token": csrf, Accept: "application/json" },
        body,
      });
      const said = await told(answer);
      if (answer.status !== 202) throw new Refused(answer.status, said);
      return said;
    }, say);
  }

  window.tillpointsPieces = { sendAll, Refused, Gone };
})();
