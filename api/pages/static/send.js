// Sending receipts: choose, preview, send with progress, and never twice for one press.
// Without this script the same form still works as an ordinary upload.
"use strict";

(() => {
  const form = document.getElementById("send");
  if (!form) return;
  document.body.classList.remove("no-script");

  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const list = form.querySelector(".chosen");
  const button = form.querySelector("button[type=submit]");
  const progress = form.querySelector("progress");
  const status = form.querySelector("[role=status]");
  const problem = form.querySelector("[role=alert]");
  const limit = {
    file: Number(form.dataset.fileMaxBytes),
    body: Number(form.dataset.bodyMaxBytes),
    files: Number(form.dataset.filesMax),
  };
  const RETRY_MS = 1500;
  const RETRIES = 20;

  let files = [];
  let key = newKey();
  let sending = false;

  // crypto.randomUUID is missing where the page is served without TLS; this is not.
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function megabytes(bytes) {
    return bytes < 100000 ? "under 0.1 MB" : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  function complain(text) {
    problem.querySelector("p").textContent = text;
    problem.hidden = !text;
  }

  function tile(file) {
    const place = document.createElement("span");
    place.className = "thumb";
    place.textContent = (file.name.split(".").pop() || "file").slice(0, 4).toUpperCase();
    return place;
  }

  function thumbnail(file) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return tile(file);
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    picture.onload = () => URL.revokeObjectURL(picture.src);
    picture.onerror = () => {
      URL.revokeObjectURL(picture.src);
      picture.replaceWith(tile(file));
    };
    return picture;
  }

  function draw() {
    list.replaceChildren(...files.map((file, index) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      const name = document.createElement("span");
      const size = document.createElement("span");
      const remove = document.createElement("button");
      name.textContent = file.name;
      size.textContent = ` ${megabytes(file.size)}`;
      size.className = "soft small";
      words.append(name, size);
      remove.type = "button";
      remove.textContent = "Remove";
      remove.setAttribute("aria-label", `Remove ${file.name}`);
      remove.disabled = sending;
      remove.onclick = () => {
        files.splice(index, 1);
        changed();
        (list.querySelector("button") || input).focus();
      };
      item.append(thumbnail(file), words, remove);
      return item;
    }));
    list.hidden = files.length === 0;
    button.hidden = files.length === 0;
    button.textContent = files.length > 1 ? `Send ${files.length} files` : "Send";
  }

  function changed() {
    key = newKey();
    complain("");
    draw();
  }

  function add(more) {
    if (sending) return;
    const known = new Set(files.map((file) => `${file.name}/${file.size}/${file.lastModified}`));
    files.push(...Array.from(more).filter((file) => !known.has(`${file.name}/${file.size}/${file.lastModified}`)));
    changed();
    if (files.length) button.focus();
  }

  function objection() {
    const large = files.find((file) => file.size > limit.file);
    if (large) return `"${large.name}" is too large (${megabytes(large.size)}). A file may have at most ${megabytes(limit.file)}.`;
    if (files.length > limit.files) return `Please send at most ${limit.files} files at a time.`;
    if (files.reduce((sum, file) => sum + file.size, 0) > limit.body) {
      return `Together these files are too large. Please send them in two or more goes of at most ${megabytes(limit.body)}.`;
    }
    return "";
  }

  function busy(now) {
    sending = now;
    button.disabled = now;
    input.disabled = now;
    drop.setAttribute("aria-disabled", String(now));
    progress.hidden = !now;
    if (!now) status.textContent = "";
    draw();
  }

  function fail(text, { keepKey = false } = {}) {
    if (!keepKey) key = newKey();
    busy(false);
    complain(text);
    problem.focus();
  }

  function send(triesLeft) {
    const body = new FormData();
    for (const file of files) body.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.endpoint);
    request.setRequestHeader("Idempotency-Key", `"${key}"`);
    request.setRequestHeader("X-CSRF-Token", form.elements.csrf_token.value);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.round((100 * event.loaded) / event.total);
      progress.value = percent;
      status.textContent = percent < 100 ? `Sending, ${percent} percent` : "Sent. Checking the files…";
    };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* shown as a fault of ours below */ }
      if (request.status === 202) return location.assign(`/submissions/${encodeURIComponent(answer.id)}`);
      if (request.status === 401) return location.assign("/sign-in");
      if (request.status === 409 && triesLeft > 0) return setTimeout(() => send(triesLeft - 1), RETRY_MS);
      return fail(answer.detail || "Something broke on our side. Please try again in a minute.");
    };
    // The same key again: should the first try have arrived after all, it counts once.
    request.onerror = () => fail(
      "The connection broke before everything arrived. Your files are still here: press Send to try again.",
      { keepKey: true },
    );
    request.send(body);
  }

  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
  }
  drop.addEventListener("drop", (event) => add(event.dataTransfer.files));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending || files.length === 0) return;
    const reason = objection();
    if (reason) { complain(reason); problem.focus(); return; }
    complain("");
    busy(true);
    progress.value = 0;
    send(RETRIES);
  });

  // Back from the receipt's page: the old choice has been sent, so start afresh.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { files = []; busy(false); changed(); }
  });
  input.required = false;
  draw();
})();
