/** Which pictures of a data set have come: one that comes twice may come once for training and once for the test. */
import { quote } from "../untrusted.ts";
import type { DataPart } from "./annotated.ts";
import { invalidData } from "./data-error.ts";

export class SeenPictures {
  readonly #parts = new Map<string, DataPart>();

  /**
   * @param place - What names the picture, for the message.
   * @throws MobileNetError `invalid-data` where it has come before.
   */
  add(name: string, part: DataPart, place: string): void {
    const before = this.#parts.get(name);
    if (before !== undefined) {
      throw invalidData(place, "a picture comes twice", {
        expected: "each picture once, in one part",
        received: `${quote(name)}, which is in ${before} already`,
      });
    }
    this.#parts.set(name, part);
  }
}
