// Takes a shown secret off the page when its time is over, and keeps a new one on the page until somebody says that it is stored.
"use strict";
(() => {
  const empty = (input) => {
    input.value = "";
    input.removeAttribute("value");
  };
  // Nothing of it comes back with the page: browsers may keep a page that was left, and show it again as it was.
  window.addEventListener("pagehide", () => document.querySelectorAll("input#secret").forEach(empty));

  const field = document.querySelector("[data-empty-after]");
  if (field) {
    const end = Date.now() + Number(field.dataset.emptyAfter) * 1000;
    const look = () => {
      if (Date.now() < end || !field.isConnected) {
        return;
      }
      clearInterval(timer);
      empty(field);
      const said = document.querySelector("[data-until-emptied]");
      said.setAttribute("role", "status");
      said.textContent = field.dataset.emptied;
    };
    const timer = setInterval(look, 250);
    document.addEventListener("visibilitychange", look); // a page in the background may have slept
  }

  const dialog = document.querySelector("dialog[data-hold]");
  if (dialog) {
    let stored = false;
    const hold = () => {
      dialog.removeAttribute("open");
      dialog.showModal();
    };
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      if (!stored && dialog.isConnected) {
        hold(); // browsers that do not know closedby let a second Escape close it
      }
    });
    dialog.querySelector("[data-stored]").addEventListener("click", () => { stored = true; });
    window.addEventListener("beforeunload", (event) => {
      if (!stored && dialog.isConnected) { // when the session ends it is gone: nothing holds the page then
        event.preventDefault();
      }
    });
    hold();
  }
})();
