// Sending receipts: choose, have each picture looked at, send with progress, and never twice for one press.
// Without this script the same form still works as an ordinary upload.
"use strict";

(() => {
  const form = document.getElementById("send");
  if (!form) return;
  document.body.classList.remove("no-script");

  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const list = form.querySelector(".chosen");
  const camera = form.querySelector(".camera");
  const nextPart = form.querySelector(".next-part");
  const parts = form.querySelector(".parts");
  const button = form.querySelector("button[type=submit]");
  const progress = form.querySelector("progress");
  const status = form.querySelector("[role=status]");
  const problem = form.querySelector("[role=alert]");
  const words = JSON.parse(form.dataset.words);
  const offline = Boolean(form.closest("[data-offline]"));
  const csrf = form.elements.csrf_token.value;
  const limit = {
    file: Number(form.dataset.fileMaxBytes),
    body: Number(form.dataset.bodyMaxBytes),
    files: Number(form.dataset.filesMax),
  };
  const keep = window.tillpointsKeep;
  const pieces = window.tillpointsPieces;
  const member = form.dataset.member || keep.who();
  if (form.dataset.member) keep.setWho(form.dataset.member);

  let files = []; // {file, key, look: undefined | "busy" | null | {sentence, hopeless}}
  let key = newKey();
  let sending = false;
  let replacing = null;
  let asPart = false;

  // crypto.randomUUID is missing where the page is served without TLS; this is not.
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  function megabytes(bytes) {
    return bytes < 100000 ? words.small : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  function complain(text) {
    problem.querySelector("p").textContent = text;
    problem.hidden = !text;
  }

  const isPicture = (file) => /^image\//.test(file.type) || /\.(jpe?g|png|webp|hei[cf])$/i.test(file.name);
  const isTogether = () => !parts.hidden && form.elements.together.value === "true";

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

  function link(text, label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.disabled = sending;
    made.onclick = act;
    return made;
  }

  function lookOf(chosen) {
    const place = document.createElement("p");
    place.className = "look small";
    if (chosen.look === undefined) return null;
    if (chosen.look === "busy") { place.textContent = words.checking; return place; }
    if (chosen.look === null) { place.textContent = words.unchecked; return place; }
    if (!chosen.look.sentence) {
      place.textContent = words.good;
      place.classList.add("fine");
      return place;
    }
    place.classList.add(chosen.look.hopeless ? "hopeless" : "poor");
    const sentence = document.createElement("span");
    sentence.textContent = chosen.look.sentence;
    place.append(sentence, " ", words.anyway, " ");
    place.append(link(words.again, fill(words.againNamed, { name: chosen.file.name }), () => {
      replacing = chosen;
      open({ withCamera: true });
    }));
    return place;
  }

  function draw() {
    // The list is made anew: who was at one of its buttons with the keyboard stays there.
    const held = list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    list.replaceChildren(...files.map((chosen) => {
      const { file } = chosen;
      const item = document.createElement("li");
      const text = document.createElement("span");
      const name = document.createElement("bdi");
      const size = document.createElement("span");
      name.textContent = file.name;
      size.textContent = ` ${megabytes(file.size)}`;
      size.className = "soft small";
      text.append(name, size);
      const look = lookOf(chosen);
      item.append(thumbnail(file), text, link(words.remove, fill(words.removeNamed, { name: file.name }), () => {
        files = files.filter((each) => each !== chosen);
        changed();
        (list.querySelector("button") || input).focus();
      }));
      if (look) item.append(look);
      return item;
    }));
    if (held) [...list.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === held)?.focus();
    const pictures = files.filter((each) => isPicture(each.file)).length;
    list.hidden = files.length === 0;
    button.hidden = files.length === 0;
    nextPart.hidden = pictures === 0 || pictures < files.length || files.length >= limit.files;
    parts.hidden = files.length < 2 || pictures < files.length;
    if (parts.hidden) form.elements.together.value = "false";
    label();
  }

  function label() {
    if (offline) button.textContent = words.send;
    else if (files.length > 1 && isTogether()) button.textContent = fill(words.sendOne, { count: files.length });
    else button.textContent = files.length > 1 ? fill(words.sendFiles, { count: files.length }) : words.send;
  }

  function changed() {
    key = newKey();
    complain("");
    draw();
  }

  async function look(chosen) {
    if (offline || !navigator.onLine || !isPicture(chosen.file) || chosen.file.size > limit.file) return;
    chosen.look = "busy";
    draw();
    const seen = await window.tillpointsPicture.check(chosen.file, { csrf, part: asPart || isTogether() });
    if (!files.includes(chosen)) return;
    chosen.look = seen;
    if (!sending) {
      const had = document.activeElement === button;
      draw();
      if (had) button.focus();
      status.textContent = seen === null ? "" : seen.sentence || words.good;
    }
  }

  function add(more) {
    if (sending) return;
    const known = new Set(files.map(({ file }) => `${file.name}/${file.size}/${file.lastModified}`));
    const fresh = Array.from(more)
      .filter((file) => !known.has(`${file.name}/${file.size}/${file.lastModified}`))
      .map((file) => ({ file, look: undefined }));
    if (replacing && fresh.length) {
      files.splice(files.indexOf(replacing), 1, ...fresh);
    } else {
      files.push(...fresh);
    }
    replacing = null;
    changed();
    if (asPart && files.length > 1 && !parts.hidden) {
      form.elements.together.value = "true";
      label();
    }
    if (files.length) button.focus();
    for (const chosen of fresh) look(chosen);
  }

  function open({ withCamera = false } = {}) {
    if (withCamera) input.setAttribute("capture", "environment");
    else input.removeAttribute("capture");
    input.click();
  }

  function objection() {
    const large = files.find(({ file }) => file.size > limit.file);
    if (large) {
      return fill(words.tooLarge, { name: large.file.name, size: megabytes(large.file.size), most: megabytes(limit.file) });
    }
    if (files.length > limit.files) return fill(words.tooMany, { count: limit.files });
    if (files.reduce((sum, { file }) => sum + file.size, 0) > limit.body) {
      return fill(words.together, { most: megabytes(limit.body) });
    }
    return "";
  }

  function busy(now) {
    sending = now;
    for (const each of [button, input, camera, nextPart, ...parts.querySelectorAll("input")]) each.disabled = now;
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

  const shown = {
    progress(percent) {
      progress.value = percent;
      status.textContent = percent < 100 ? fill(words.percent, { percent }) : words.checkingFiles;
    },
    say(waiting) { if (waiting) status.textContent = words.waiting; },
  };

  async function send(entry, { kept }) {
    try {
      const answer = await pieces.sendAll(entry, csrf, { ...shown, remember: () => keep.put(entry) });
      await keep.drop(entry.key);
      location.assign(`/submissions/${encodeURIComponent(answer.id)}`);
    } catch (error) {
      if (error instanceof pieces.Refused) {
        if (error.status === 401) { location.assign("/sign-in"); return; } // kept, and sent once signed in
        await keep.drop(entry.key);
        fail(error.answer.detail || words.fault);
      } else if (error instanceof pieces.Gone) {
        if (kept) { files = []; key = newKey(); }
        fail(kept ? words.kept : words.keptOther, { keepKey: !kept });
      } else {
        throw error;
      }
    }
  }

  async function start() {
    const entry = {
      key,
      member,
      together: isTogether(),
      files: files.map(({ file }) => ({ name: file.name, blob: file, upload: "" })),
    };
    const kept = await keep.put(entry);
    if (offline || !navigator.onLine) {
      if (kept) files = [];
      fail(kept ? words.kept : words.keptOther, { keepKey: !kept });
      return;
    }
    await send(entry, { kept });
  }

  // What was kept on this phone goes first: the page was closed, or the connection was gone.
  async function sendKept() {
    if (offline) { location.assign("/"); return; }
    if (sending || !navigator.onLine || !csrf) return;
    const [entry] = await keep.of(member);
    if (!entry || sending) return;
    busy(true);
    status.textContent = words.sendingKept;
    await send(entry, { kept: true });
  }

  // The first moments of a connection often carry nothing: while something is kept, ask until the server answers.
  async function lookForServer() {
    const [entry] = await keep.of(member);
    if (entry && files.length === 0 && navigator.onLine) {
      try {
        await fetch("/sign-in", { method: "HEAD", cache: "no-store", redirect: "manual" });
        location.assign("/");
        return;
      } catch { /* none yet */ }
    }
    setTimeout(lookForServer, 3000);
  }

  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
    asPart = false;
  });
  input.addEventListener("cancel", () => { replacing = null; asPart = false; });
  camera.addEventListener("click", () => open({ withCamera: true }));
  nextPart.addEventListener("click", () => { asPart = true; open({ withCamera: matchMedia("(pointer: coarse)").matches }); });
  drop.addEventListener("click", () => input.removeAttribute("capture"));
  parts.addEventListener("change", () => { key = newKey(); label(); });
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
    start();
  });

  // Back from the receipt's page: the old choice has been sent, so start afresh.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { files = []; busy(false); changed(); }
  });
  window.addEventListener("online", sendKept);
  input.required = false;
  camera.hidden = !matchMedia("(pointer: coarse)").matches;
  draw();
  // Chosen while this script was still on its way, or kept by the browser over a reload.
  if (input.files.length) { add(input.files); input.value = ""; }
  if (offline) lookForServer(); else sendKept();
})();
