/** Light, dark, or as the system has it. */
import { type Signal, signal } from "@preact/signals";
import { keep, kept } from "./text/language.ts";

export const themeNames = ["auto", "light", "dark"] as const;
export type Theme = (typeof themeNames)[number];

export const theme: Signal<Theme> = signal(
  themeNames.find((name) => name === kept("theme")) ?? "auto",
);

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  keep("theme", chosen);
  applyTheme();
}

/** Tells the style sheet. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}
