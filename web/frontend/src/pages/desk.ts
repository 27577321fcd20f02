// Orders and cases: server-rendered pages; a form that was sent is not sent again by a second tap.
import "../style/desk.css";

for (const form of document.querySelectorAll<HTMLFormElement>("form[method=post]")) {
  form.addEventListener("submit", () => {
    // the browser reads the form after this event: only then may its buttons be disabled
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) {
        button.disabled = true;
      }
    });
  });
}
// who comes back by the browser's own button finds the form usable
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll<HTMLButtonElement>("form[method=post] button")) {
    button.disabled = false;
  }
});
