// A fault's "Line 12" selects that line of the document. Without this script it leads to the document.
"use strict";

for (const link of document.querySelectorAll("a[data-line]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const box = document.getElementById("document");
    const rows = box.value.split("\n");
    const line = Number(link.dataset.line) - 1;
    const start = rows.slice(0, line).reduce((sum, row) => sum + row.length + 1, 0);
    box.focus();
    box.setSelectionRange(start, start + (rows[line] ?? "").length);
    box.scrollTop = (box.scrollHeight / rows.length) * Math.max(0, line - 4);
  });
}
