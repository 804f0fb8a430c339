/** The licences of what others wrote and the page's scripts hold, in one file beside them. */
import type { Plugin } from "vite";
import { licenceOf } from "../scripts/licence-of.js";

/** Notes the packages whose modules come into a script. */
export function notePackages(found: Set<string>): Plugin {
  return {
    name: "note-packages",
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== "chunk") continue;
        for (const id of output.moduleIds) {
          const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
          if (name !== undefined) found.add(name);
        }
      }
    },
  };
}

/** The words under which they are part of the page. */
export function licencesOf(found: ReadonlySet<string>): string {
  return [...found].sort().map(licenceOf).join("\n");
}
