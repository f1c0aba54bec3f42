// Counts down, in words, what an element with data-countdown says in seconds.
"use strict";
(() => {
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const { countdown, sentence, minutes, minute, seconds, second, done } = place.dataset;
    const steady = performance.now() + countdown * 1000;
    const wall = Date.now() + countdown * 1000;
    place.setAttribute("aria-live", "off"); // a screen reader hears the beginning and the end, not each step
    const words = (left) => {
      if (left > 60) {
        return minutes.replace("#", Math.ceil(left / 60));
      }
      return left === 60 ? minute : left === 1 ? second : seconds.replace("#", left);
    };
    const tick = () => {
      const ms = Math.min(steady - performance.now(), wall - Date.now());
      if (ms <= 0) {
        clearInterval(timer);
        place.removeAttribute("aria-live");
        place.textContent = done;
        place.nextElementSibling?.remove(); // what to do meanwhile
        place.closest(".notice")?.classList.replace("bad", "good");
        return;
      }
      const text = sentence.replace("#", words(Math.ceil(ms / 1000)));
      if (place.textContent !== text) {
        place.textContent = text;
      }
    };
    const timer = setInterval(tick, 500);
  }
})();
