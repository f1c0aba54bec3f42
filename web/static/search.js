// "/" leads to the search field, or to the link to its page where there is no room for one; Escape leads back to where one was.
"use strict";
(() => {
  const places = document.querySelectorAll('input[type="search"], [role="search"] > a');
  let before = null;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = document.activeElement;
    if (event.key === "Escape" && before && at && at.type === "search") {
      at.blur();
      before.focus();
      before = null;
      return;
    }
    if (event.key !== "/" || document.querySelector(":modal")) return;
    if (at && at.closest("input, select, textarea, [contenteditable]")) return;
    const place = [...places].find((p) => p.offsetParent !== null);
    if (!place) return;
    event.preventDefault(); // the browser would look for words on the page, or type the stroke
    before = at;
    place.focus();
    if (place.select) place.select();
  });
})();
