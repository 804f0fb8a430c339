/** The page's languages, and which one is read. */
import { type Signal, signal } from "@preact/signals";

/** A language of the page, as `lang` has it. */
export type Language = "en" | "zh";

/** A text in all languages. */
export type Texts<T> = { readonly [L in Language]: T };

/** Each by its own name. */
export const languages: Texts<string> = { en: "English", zh: "中文" };

/** The language of the page. */
export const language: Signal<Language> = signal(firstLanguage());

/** Reads a text in the page's language; a component that does is drawn anew with it. */
export function read<T>(texts: Texts<T>): T {
  return texts[language.value];
}

/** Changes it, here and on later visits. */
export function setLanguage(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  keep("language", chosen);
  // An address asks once; from then on it is the reader's choice.
  const address = new URL(location.href);
  if (!address.searchParams.has("lang")) return;
  address.searchParams.delete("lang");
  history.replaceState(history.state, "", address);
}

function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? kept("language");
  if (asked === "en" || asked === "zh") return asked;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

/** A setting of an earlier visit; a page in a sandbox has none. */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a setting for later visits where that can be done. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it holds for this visit.
  }
}
