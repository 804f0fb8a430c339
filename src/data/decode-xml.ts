/** The text of an XML file of annotations. */
import { invalidData } from "./data-error.ts";

/**
 * XML's bytes as text.
 *
 * @throws MobileNetError `invalid-data` where they are no UTF-8.
 */
export function decodeXml(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidData(place, "the XML is no UTF-8", { remedy: "Save the file as UTF-8." });
  }
}
