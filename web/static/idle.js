// Warns before the session ends, keeps it where somebody asks for that, and takes the page off the screen once it has ended. Nothing is decided
// here: before a warning and before the end the portal is asked, because another tab may have been active.
"use strict";
(() => {
  const channel = new BroadcastChannel("session"); // to the other tabs: "active", or "ended"
  const dialog = document.querySelector("dialog[data-idle]");
  if (!dialog) {
    channel.postMessage("ended"); // a page for strangers: whoever thinks otherwise asks
    return;
  }
  const { idle, left, again, gone, seconds, second } = dialog.dataset;
  const lead = Math.min(60000, idle / 3); // the warning comes so long before the end
  const stay = dialog.querySelector("form");
  const path = stay.elements.next.value;
  const count = dialog.querySelector("[role=timer]");
  const said = dialog.querySelector("[role=status]");
  const retry = 5000;

  // The steady clock may stop while a laptop sleeps and the wall clock may be set: the one that is further counts, and then the portal is asked.
  let end;
  const endsIn = (ms) => { end = { steady: performance.now() + ms, wall: Date.now() + ms }; };
  const remaining = () => Math.min(end.steady - performance.now(), end.wall - Date.now());

  let timer, asking = false, over = false, leaving = false, wanted = false, warned = "", dismissed = false, kept = null, heard = Infinity;

  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(Math.max(ms, 0), 3600000));
  };

  const ask = async (extend) => {
    const answer = await fetch(extend ? "/session/extend" : "/session/check", {
      method: extend ? "POST" : "GET", body: extend ? new URLSearchParams() : undefined,
      headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(retry),
    });
    if (answer.redirected) {
      return { left_ms: 0 }; // to the login page
    }
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    return answer.json();
  };

  const secret = (form, name) =>
    [...form.elements].some((f) => f.name === name && (f.type === "password" || f.dataset.show !== undefined));
  const changed = (field) => {
    if (field.options) {
      const options = [...field.options];
      return !(options.find((o) => o.defaultSelected) || options[0]).selected;
    }
    return field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
      : field.defaultValue !== undefined && field.value !== field.defaultValue;
  };

  // unsaved makes a form like the first one on the page that was changed, without what is secret: sent, it is only kept.
  const unsaved = () => {
    const form = [...document.querySelectorAll("form[data-keep]")].find((f) => f.dataset.keep === "unsaved" || [...f.elements].some(changed));
    if (!form) {
      return null;
    }
    const copy = document.createElement("form");
    copy.method = "post";
    copy.action = form.getAttribute("action");
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !secret(form, name));
    for (const [name, value] of [...fields, ["keep_only", "1"]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      copy.append(field);
    }
    return copy;
  };

  // cover takes everything off the page, secrets first of all.
  const cover = () => {
    if (over) {
      return;
    }
    over = true;
    kept = unsaved();
    const text = document.createElement("p");
    text.textContent = gone;
    text.setAttribute("role", "status");
    document.body.replaceChildren(text);
    document.body.hidden = false;
    channel.postMessage("ended");
  };
  const leave = () => {
    if (leaving) {
      return;
    }
    leaving = true;
    if (!kept) {
      location.replace("/login?" + new URLSearchParams({ next: path }));
      return;
    }
    document.body.append(kept);
    kept.submit();
  };

  const show = () => {
    const whole = Math.max(Math.ceil(remaining() / 1000), 0);
    count.textContent = (whole === 1 ? second : seconds).replace("#", whole);
    for (const mark of [10, 30, 60]) { // what a screen reader hears: the start, 30 and 10 seconds
      if (whole <= mark && heard > mark) {
        heard = mark;
        said.textContent = count.textContent;
        return;
      }
    }
  };
  const warn = (kind) => {
    if (warned === kind) {
      return;
    }
    for (const part of dialog.querySelectorAll("[data-when]")) {
      part.hidden = part.dataset.when !== kind;
    }
    heard = Infinity;
    show();
    if (!warned) {
      dialog.showModal();
    }
    warned = kind;
    stay.querySelector("button:not([hidden])").focus();
  };
  const calm = () => {
    warned = "";
    wanted = dismissed = false;
    said.textContent = "";
    dialog.close();
  };

  // look does what is due now.
  const look = () => {
    const rest = remaining();
    if (over || rest <= 0 || wanted) {
      check();
    } else if (warned) {
      show();
      later(Math.min(rest, rest % 1000 || 1000));
    } else if (dismissed || rest > lead) {
      later(dismissed ? rest : rest - lead);
    } else {
      check();
    }
  };

  const failed = () => {
    if (remaining() <= 0) {
      cover();
    } else if (warned) {
      show();
      said.textContent = again;
    }
    later(over ? retry : Math.min(retry, remaining()));
  };

  // check asks the portal, and acts on its answer.
  const check = async () => {
    if (asking) {
      return;
    }
    asking = true;
    document.body.hidden = !over && remaining() <= 0; // as after a sleep: nothing is shown until the answer is there
    let answer = null;
    try {
      answer = await ask(wanted && !over);
    } catch {
      // no answer is one too: see failed
    }
    asking = false;
    if (!answer) {
      failed();
    } else if (over || answer.left_ms <= 0) {
      cover();
      leave();
    } else {
      answered(answer);
    }
  };
  const answered = (answer) => {
    document.body.hidden = false;
    endsIn(answer.left_ms);
    if (wanted) {
      channel.postMessage("active");
    }
    wanted = false;
    if (answer.left_ms > lead) {
      calm();
    } else if (!dismissed) {
      warn(answer.extends ? "idle" : "final");
    }
    look();
  };

  stay.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter && event.submitter.dataset.when === "final") {
      warned = "";
      dismissed = true;
      dialog.close();
    } else {
      wanted = true;
    }
    look();
  });
  dialog.addEventListener("close", () => {
    if (warned && !over) {
      dialog.showModal(); // browsers that do not know closedby let Escape close it: the warning must not get lost
    }
  });
  channel.addEventListener("message", (event) => {
    if (event.data === "ended" || warned || dismissed) {
      check();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      check();
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      check();
    }
  });
  endsIn(Number(left));
  channel.postMessage("active");
  look();
})();
