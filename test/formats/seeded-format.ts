/** A made-up format, as a row of the registry: `SEEDED`, a width and the name of a file of classes. */
import type { Format } from "../../src/formats/format.ts";

export const seededFormat: Format = {
  name: "a seeded network",
  endings: [".seeded"],
  matches: (head) => String.fromCharCode(...head.subarray(0, 6)) === "SEEDED",
  options: ["resolution"],
  load: async () => (await import("./seeded-reader.ts")).readSeeded,
};
