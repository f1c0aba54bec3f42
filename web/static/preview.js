// Shows while a prefix is typed which addresses it makes: those that saving it would store. What is no address shows its end alone, as without script.
"use strict";
(() => {
  const lookedUp = (host) => (/[^\x00-\x7f]/.test(host) ? new URL("http://" + host).hostname : host);
  const stored = (typed) => {
    const parts = /^(https?:\/\/)([^\/?#:@\s]+)(:[0-9]+)?(\/[^?#\s]*)?$/i.exec(typed.trim());
    if (!parts) return "";
    try {
      return (parts[1] + lookedUp(parts[2]) + (parts[3] || "") + (parts[4] || "")).replace(/\/+$/, "");
    } catch {
      return "";
    }
  };
  for (const shown of document.querySelectorAll("[data-after]")) {
    const field = document.getElementById(shown.dataset.after);
    field.addEventListener("input", () => {
      shown.textContent = (stored(field.value) || "…") + shown.dataset.path;
    });
  }
})();
