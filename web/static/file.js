// Takes a text from a file into a field, so that what is sent is what can be seen. A private key is refused here already: it never leaves the computer.
"use strict";
(() => {
  const limit = 64 * 1024;
  for (const part of document.querySelectorAll("[data-file]")) {
    const chosen = part.querySelector("input[type=file]");
    const said = part.querySelector("[role=alert]");
    const field = document.getElementById(part.dataset.file);
    part.hidden = false;
    chosen.addEventListener("change", async () => {
      const file = chosen.files[0];
      said.textContent = "";
      if (!file) return;
      if (file.size > limit) {
        said.textContent = part.dataset.large;
        return;
      }
      const text = await file.text();
      if (/PRIVATE/i.test(text)) {
        said.textContent = part.dataset.private;
        chosen.value = "";
        return;
      }
      field.value = text;
      field.focus();
    });
  }
})();
