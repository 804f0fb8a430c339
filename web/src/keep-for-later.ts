/**
 * Has the page kept for later visits without a network, and for threads on hosts that send no headers for
 * them. Keeping asks for every file of the page: together with the first picture it would take the
 * processor's time that the picture waits for, so that it comes behind.
 */
import { effect } from "@preact/signals";
import { hasSettledModel } from "./parts/model-choice.tsx";

/** From the first model that is there, or is not to be had, for its first answer. */
const answerMilliseconds = 2000;

/** For those who look at what needs no model. */
const longestMilliseconds = 10_000;

/** Registers the service worker once the page has done what it was opened for. */
export function keepForLater(): void {
  if (!("serviceWorker" in navigator)) return;
  const register = (): void => {
    navigator.serviceWorker.register("./sw.js").catch(() => undefined);
  };
  let timer = setTimeout(register, longestMilliseconds);
  effect(() => {
    if (!hasSettledModel.value) return;
    clearTimeout(timer);
    timer = setTimeout(register, answerMilliseconds);
  });
}
