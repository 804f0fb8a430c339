/**
 * Forms with pictures. What takes them apart does so in one go on the event loop, and takes seconds for
 * thousands of parts or megabytes of headers; so these are bounded before, by the look of the bytes.
 */
import { describeError, MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { RefusedRequest } from "./refusals.ts";

/** The field of a form that pictures stand in. */
export const pictureField = "image";

/** A picture as it came. */
export interface PostedPicture {
  /** The file's name where the request has it. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of a part's headers: several times those of a file with a long name. */
const mostOfHead = 4096;

/** Whether a body holds several pictures. */
export function isForm(headers: Headers): boolean {
  return /^multipart\/form-data\b/i.test(headers.get("Content-Type") ?? "");
}

/**
 * The pictures of a form.
 *
 * @param most - As many as are taken.
 * @throws RefusedRequest `too-large` for more; MobileNetError `invalid-argument` for what is no form of
 *   pictures.
 */
export async function readForm(
  headers: Headers,
  bytes: Uint8Array<ArrayBuffer>,
  most: number,
): Promise<readonly PostedPicture[]> {
  const boundary = boundaryOf(headers);
  requireFewParts(bytes, boundary, most);
  const pictures: PostedPicture[] = [];
  for (const [field, value] of await parseForm(boundary, bytes)) {
    if (field !== pictureField)
      throw badBody(`files in fields named ${pictureField}`, quote(field));
    if (typeof value === "string") throw badBody("files with a name", "a field of text");
    const own = new Uint8Array(await value.arrayBuffer());
    pictures.push({ name: value.name === "" ? field : value.name, bytes: own });
  }
  if (pictures.length === 0) throw badBody(`files in fields named ${pictureField}`, "none");
  return pictures;
}

/** The error for a body without pictures as they are taken. */
export function badBody(expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-argument", "the body has no pictures as they are taken", {
    ...{ expected, received },
    remedy: `Send one file's bytes as the body, or files in a form: curl -F ${pictureField}=@a.jpg -F ${pictureField}=@b.jpg`,
  });
}

const usualForm = "multipart/form-data as browsers and curl send it";

/** What stands between a form's parts. */
function boundaryOf(headers: Headers): string {
  const type = headers.get("Content-Type") ?? "";
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(type) ?? [];
  const boundary = quoted ?? plain ?? "";
  if (/^[\w'()+,\-./:=? ]{1,70}$/.test(boundary)) return boundary;
  throw badBody(usualForm, boundary === "" ? "no boundary" : `the boundary ${quote(boundary)}`);
}

/** Counts the parts and measures their headers without taking anything apart. */
function requireFewParts(bytes: Uint8Array, boundary: string, most: number): void {
  const form = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  let parts = 0;
  for (let at = form.indexOf(delimiter); at >= 0; ) {
    const head = at + delimiter.length;
    const next = form.indexOf(delimiter, head);
    // Behind the last one no part begins, where it is the closing one.
    if (next < 0) {
      if (form.toString("latin1", head, head + 2) === "--") return;
      throw badBody(usualForm, "a form without its closing boundary");
    }
    if (++parts > most) {
      throw new RefusedRequest(
        "too-large",
        `there are too many pictures: expected at most ${most}, received more`,
        { remedy: "Send them in several requests." },
      );
    }
    if (!form.subarray(head, Math.min(next, head + mostOfHead)).includes("\r\n\r\n"))
      throw badBody(usualForm, "a part without an end of its headers");
    at = next;
  }
}

async function parseForm(boundary: string, bytes: Uint8Array<ArrayBuffer>): Promise<FormData> {
  // The boundary that was counted by, whatever else the header says.
  const headers = { "Content-Type": `multipart/form-data; boundary="${boundary}"` };
  try {
    return await new Response(bytes, { headers }).formData();
  } catch (error) {
    throw badBody(usualForm, describeError(error));
  }
}
