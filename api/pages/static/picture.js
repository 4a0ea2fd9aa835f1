// Looks at a picture before it is sent: a reduced copy is judged by the server, while the paper is in hand.
"use strict";

(() => {
  const LONG_SIDE_PX = 1600;
  const QUALITY = 0.75;
  const MOST_BYTES = 8000000;
  const MOST_BYTES_SAVING = 1000000;
  const PATIENCE_MS = 8000;

  async function reduced(file) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return null; // a kind that this browser cannot draw, such as HEIC: then it goes as it is
    }
    const scale = Math.min(1, LONG_SIDE_PX / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob && { blob, shrunk: 1 / scale };
  }

  // What is wrong with it, in a sentence; an empty one where nothing is; null where it was not looked at.
  async function check(file, { csrf, part }) {
    const copy = (await reduced(file)) || { blob: file, shrunk: 1 };
    const poor = navigator.connection && (navigator.connection.saveData || /2g|3g/.test(navigator.connection.effectiveType));
    if (copy.blob.size > (poor ? MOST_BYTES_SAVING : MOST_BYTES) || copy.blob.size === 0) return null;
    const query = new URLSearchParams({ shrunk: copy.shrunk.toFixed(3), part: String(part) });
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(`/v1/picture-checks?${query}`, {
        method: "POST",
        body: copy.blob,
        headers: { "Content-Type": "image/jpeg", "X-CSRF-Token": csrf, Accept: "application/json" },
        signal: stop.signal,
      });
      const told = await answer.json();
      if (answer.ok) return { sentence: told.sentence, hopeless: told.hopeless };
      return answer.status === 422 || answer.status === 415 ? { sentence: told.detail, hopeless: true } : null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  window.tillpointsPicture = { check };
})();
