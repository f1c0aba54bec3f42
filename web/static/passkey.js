// Lets buttons ask the browser for a passkey, or for a new one. What needs them stays hidden without script, in browsers that know none, and under
// another address than the one that passkeys are bound to.
"use strict";
(() => {
  const able = window.isSecureContext && window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  const asked = async (part) => {
    if (part.dataset.options) {
      return { options: JSON.parse(part.dataset.options), ceremony: part.querySelector("[data-ceremony]").value };
    }
    const answer = await fetch(part.dataset.ask, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) throw new Error("refused");
    return answer.json();
  };
  const credential = (part, options) => {
    if (part.dataset.options) {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  };
  const use = async (part, button) => {
    const said = part.querySelector("[data-failed]");
    const before = part.dataset.after && button.form.elements[part.dataset.after];
    said.textContent = "";
    if (before && !before.value) {
      said.textContent = said.dataset.missing;
      before.focus();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    try {
      const { options, ceremony } = await asked(part);
      const made = await credential(part, options);
      const fields = [part.querySelector("[data-ceremony]"), part.querySelector("[data-answer]")];
      [fields[0].value, fields[1].value] = [ceremony, JSON.stringify(made.toJSON())];
      for (const field of fields) field.disabled = false;
      button.form.requestSubmit(button);
      for (const field of fields) field.disabled = true; // who comes back to this page and types a code sends that alone
    } catch (problem) {
      said.textContent = problem.name === "InvalidStateError" && said.dataset.known || said.dataset.failed;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };
  for (const part of document.querySelectorAll("[data-passkey]")) {
    if (!able || location.origin !== part.dataset.passkey) continue;
    part.hidden = false;
    for (const instead of document.querySelectorAll("[data-no-passkey]")) instead.hidden = true;
    const button = part.querySelector("button");
    button.addEventListener("click", (event) => {
      event.preventDefault();
      if (!button.hasAttribute("aria-disabled")) use(part, button);
    });
  }
})();
