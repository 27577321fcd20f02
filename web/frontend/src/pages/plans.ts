// Plans: waits for one that is being made, keeps the list of them as it is now, and sends each form once.
import "../style/plans.css";
import { followPage } from "../live_regions";
import { startPolling } from "../poll";

const POLL_MS = 2_000;

const waiting = document.querySelector<HTMLElement>("[data-waits]");
if (waiting) {
  startPolling({
    url: waiting.dataset["waits"] ?? "",
    everyMs: POLL_MS,
    onChange: (status) => {
      if (!(status as { is_under_way: boolean }).is_under_way) location.reload();
    },
    onAnswer: () => undefined,
    onSilence: () => undefined,
  });
}

followPage(() => undefined);

// publishing may take a while: say so, and do not send it twice
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset["sent"] !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "";
    for (const button of document.querySelectorAll<HTMLButtonElement>("form[data-once] button")) button.setAttribute("aria-disabled", "true");
    const progress = document.querySelector<HTMLElement>("[data-progress]");
    if (progress && form.dataset["busy"] !== undefined) {
      progress.textContent = form.dataset["busy"];
      progress.classList.add("notice");
    }
  });
}

// a page that comes back from the browser's memory may be sent again
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) {
    delete form.dataset["sent"];
    form.querySelector("button")?.removeAttribute("aria-disabled");
  }
});
