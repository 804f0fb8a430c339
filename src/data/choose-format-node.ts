/** Which of several formats a folder has: the only one that recognises something in it, or the one named. */
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";
import type { FolderView } from "./folder-view-node.ts";

/** What is asked of a format. */
export interface RecognisedFormat {
  readonly name: string;
  /** What a folder of it holds, for messages. */
  readonly holds: string;
  /** Whether a list is one of this format; a list is enough to know it by. */
  readonly isList?: (list: string) => boolean | Promise<boolean>;
  /** What speaks for it in the folder; nothing where nothing does. */
  recognise(view: FolderView): Promise<string | undefined>;
  /** The same in folders inside, which is asked where nothing speaks for any format otherwise. */
  recogniseInner?(view: FolderView): Promise<string | undefined>;
}

/**
 * The format of a folder.
 *
 * @param given - `format` is the one that the caller names, which has to be there, too; `list` is a file
 *   that stands in for those of the folder.
 * @throws MobileNetError `invalid-data` where there is none, or there are several and none is named.
 */
export async function chooseFormat<Format extends RecognisedFormat>(
  view: FolderView,
  formats: readonly Format[],
  given: { readonly format?: Format["name"] | undefined; readonly list?: string | undefined },
): Promise<Format> {
  const { format: named, list } = given;
  const wanted = named === undefined ? formats : formats.filter(({ name }) => name === named);
  for (const format of wanted) {
    if (list !== undefined && (await format.isList?.(list))) return format;
  }
  const flat = await recognised(wanted, (format) => format.recognise(view));
  const found =
    flat.length > 0
      ? flat
      : await recognised(wanted, async (format) => await format.recogniseInner?.(view));
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first.format;
  if (first !== undefined) {
    throw invalidData(view.path, "the folder has annotations of several formats", {
      expected: "those of one",
      received: found.map(({ format, by }) => `${format.name} (${quote(by)})`).join(", "),
      remedy: "Name the one to use with --data-format (or the option format).",
    });
  }
  const { folders, files } = await view.list("");
  const entries = [...folders.map((name) => `${name}/`), ...files];
  throw invalidData(view.path, "the folder has no annotations that are known", {
    expected: wanted.map(({ name, holds }) => `${name}: ${holds}`).join("; "),
    received:
      entries.length === 0
        ? "an empty folder"
        : `${entries.slice(0, 6).join(", ")}${entries.length > 6 ? " …" : ""}`,
  });
}

async function recognised<Format>(
  formats: readonly Format[],
  look: (format: Format) => Promise<string | undefined>,
): Promise<readonly { readonly format: Format; readonly by: string }[]> {
  const found: { readonly format: Format; readonly by: string }[] = [];
  for (const format of formats) {
    const by = await look(format);
    if (by !== undefined) found.push({ format, by });
  }
  return found;
}
