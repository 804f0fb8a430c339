/** Where the page's host has weights: below the page's own folder, which is above that of its scripts. */
export const modelsFolder = new URL(
  "models/",
  new URL(import.meta.env.DEV ? "/" : "../", import.meta.url),
);
