// Warns before a form with unsaved changes is left, and says beside its button that they are not saved. Nothing is stored here. What idle.js does at the
// end of a session takes the form off the page first, so that nothing holds that up.
"use strict";
(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) {
    return;
  }
  const said = form.querySelector("[data-unsaved]");
  const text = (from) => new URLSearchParams([...new FormData(from)].filter(([, value]) => typeof value === "string")).toString();
  const fresh = form.cloneNode(true);
  fresh.reset();
  const opened = text(fresh); // as the page came, whatever the browser has filled in again since
  const pending = form.dataset.keep === "unsaved" || form.elements.kept !== undefined;
  let leaving = false;

  const hold = (event) => {
    if (form.isConnected && !leaving) {
      event.preventDefault();
    }
  };
  // A page that listens is kept by no browser for the way back: it does so only while there is something to lose.
  const look = () => {
    const unsaved = pending || text(form) !== opened;
    (unsaved ? window.addEventListener : window.removeEventListener)("beforeunload", hold);
    if (said && said.textContent !== (unsaved ? said.dataset.unsaved : "")) {
      said.textContent = unsaved ? said.dataset.unsaved : "";
    }
  };

  for (const kind of ["input", "change", "reset"]) {
    form.addEventListener(kind, () => setTimeout(look));
  }
  window.addEventListener("submit", (event) => {
    leaving = leaving || (event.target === form && !event.defaultPrevented);
  });
  document.addEventListener("click", (event) => {
    leaving = leaving || event.target.closest("a[data-drop]") !== null;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
    look();
  });
})();
