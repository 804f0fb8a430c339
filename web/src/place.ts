/** Where in the page one is: `#/VIEW/PART`. */
import { signal } from "@preact/signals";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** The names in the address, the view's first; a component that asks is drawn anew with them. */
export function placeNames(): readonly string[] {
  return hash.value.replace(/^#\/?/, "").split("/");
}
