/** sharp, or the error that says what it is needed for. */
import { explainFileLimit } from "../disk/file-error-node.ts";
import { whyAbsent } from "../disk/nearby.ts";
import { loadSharp, type SharpModule } from "../disk/packages-node.ts";
import { MobileNetError } from "../errors.ts";

/**
 * Loads sharp.
 *
 * @param use - What it does, for the error's first words.
 * @param instead - How to do without, if there is a way.
 * @throws MobileNetError `missing-dependency`
 */
export async function sharpFor(use: string, instead = ""): Promise<SharpModule> {
  try {
    return await loadSharp();
  } catch (error) {
    const limited = explainFileLimit(error);
    if (limited !== error) throw limited;
    throw new MobileNetError("missing-dependency", `${use} with sharp`, {
      expected: "the package sharp",
      received: whyAbsent(error),
      remedy: `Install it with: npm install sharp${instead}`,
      cause: error,
    });
  }
}
