// Adds a copy button to every element with data-copy. It works over plain http too, where there is no clipboard API.
"use strict";
(() => {
  const legacyCopy = (field) => {
    const type = field.type; // of a password field nothing is copied; it is one again before anything is drawn
    if (type === "password") {
      field.type = "text";
    }
    field.focus();
    field.select();
    const done = document.execCommand("copy");
    if (type === "password") {
      field.type = type;
    }
    return done;
  };
  const copy = async (field) => {
    if (navigator.clipboard && window.isSecureContext) {
      try {
        await navigator.clipboard.writeText(field.value);
        return true;
      } catch {
        return legacyCopy(field);
      }
    }
    return legacyCopy(field);
  };
  for (const field of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = field.dataset.copy;
    button.setAttribute("aria-describedby", field.id);
    const said = document.createElement("span");
    said.className = "copied";
    said.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      const done = await copy(field);
      said.textContent = done ? field.dataset.copied : field.dataset.failed;
      button.focus();
    });
    field.after(button, said);
    field.addEventListener("focus", () => field.select());
  }
})();
