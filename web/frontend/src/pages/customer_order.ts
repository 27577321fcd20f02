// An order's page stays true while it is looked at; without this script it is as true as when it was opened.
import "../style/base.css";
import "../style/customer.css";
import { followPage } from "../live_regions";

const address = new URL(location.href);
if (address.searchParams.has("said")) {
  address.searchParams.delete("said"); // what was done is said once
  history.replaceState(null, "", address);
}

// A form that is on its way is not sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset["sent"] === "yes") event.preventDefault();
  form.dataset["sent"] = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset["sent"];
});

followPage(() => undefined);
