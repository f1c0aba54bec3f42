// "/" leads to the search field, or to the link to its page where there is no room for one; Escape leads back to where one was. A checkbox on the page of
// search turns the key off (WCAG 2.1.4), in this browser until logging out, which empties the storage.
"use strict";
(() => {
  const places = document.querySelectorAll('input[type="search"], [role="search"] > a');
  const key = "search-key";
  let on = true;
  try {
    on = localStorage.getItem(key) !== "off";
  } catch {
    // a browser without storage has the key, as it comes
  }
  let before = null;
  const tell = () => {
    for (const p of places) {
      if (p.matches("input")) on ? p.setAttribute("aria-keyshortcuts", "/") : p.removeAttribute("aria-keyshortcuts");
    }
  };
  const choice = document.getElementById("search-key");
  if (choice) {
    choice.closest("[hidden]").hidden = false;
    choice.checked = on;
    choice.addEventListener("change", () => {
      on = choice.checked;
      tell();
      try {
        on ? localStorage.removeItem(key) : localStorage.setItem(key, "off");
      } catch {
        // then it holds for this page
      }
    });
  }
  tell();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = document.activeElement;
    if (event.key === "Escape" && before && at && at.type === "search") {
      at.blur();
      before.focus();
      before = null;
      return;
    }
    if (!on || event.key !== "/" || document.querySelector(":modal")) return;
    if (at && at.closest("input, select, textarea, [contenteditable]")) return;
    const place = [...places].find((p) => p.offsetParent !== null);
    if (!place) return;
    event.preventDefault(); // the browser would look for words on the page, or type the stroke
    before = at;
    place.focus();
    if (place.select) place.select();
  });
})();
