// Adds a show/hide button to every password field that carries the words for it.
"use strict";
(() => {
  for (const field of document.querySelectorAll("input[type=password][data-show]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = field.dataset.show;
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => {
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      button.textContent = shown ? field.dataset.show : field.dataset.hide;
    });
    const row = document.createElement("span");
    row.className = "row password";
    field.before(row);
    row.append(field, button);
    field.form.addEventListener("submit", () => { field.type = "password"; });
  }
})();
