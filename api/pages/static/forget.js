// Nobody is signed in: a photo taken without a connection is not taken for the last member's. Of who was
// deleted, nothing that waited on this phone stays either.
"use strict";

(async () => {
  const keep = window.tillpointsKeep;
  keep.setWho("");
  const { forget } = document.querySelector("[data-forget]").dataset;
  if (!forget) return;
  for (const entry of await keep.of(forget)) if (entry.member === forget) await keep.drop(entry.key);
})();
