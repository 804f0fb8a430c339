/**
 * Web addresses that people write into options and settings. A name and password in one go into a header,
 * since `fetch` takes none in an address, and are never printed.
 */
import { MobileNetError } from "../errors.ts";
import { quote, withoutSecrets } from "../untrusted.ts";

/** An address to ask, and the header `authorization` that stood in it. */
export interface BareAddress {
  readonly url: URL;
  readonly authorization?: string;
}

/** An address without the name and password in it, and these as a header. */
export function bareAddress(given: URL): BareAddress {
  if (given.username === "" && given.password === "") return { url: given };
  const url = new URL(given);
  url.username = "";
  url.password = "";
  const bytes = new TextEncoder().encode(`${plain(given.username)}:${plain(given.password)}`);
  const latin = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return { url, authorization: `Basic ${btoa(latin)}` };
}

/** The text behind its percent signs; as it is where these mean nothing. */
export function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * An address, or what should be one, as messages show it: without name, password and query.
 *
 * @example
 * ```ts
 * shownAddress("https://ada:secret@example.org/a?token=b"); // "https://example.org/a?…"
 * ```
 */
export function shownAddress(address: string | URL): string {
  return withoutSecrets(withoutPassword(typeof address === "string" ? address : address.href));
}

function withoutPassword(text: string): string {
  if (!text.includes("@")) return text;
  // Of the page's own kind: no whole address, but a host.
  if (/^\/\/.*[^/]/s.test(text) && URL.canParse(`https:${text}`)) {
    return withoutPassword(`https:${text}`).slice("https:".length);
  }
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.host !== "") {
      return url.username === "" && url.password === "" ? text : bareAddress(url).url.href;
    }
  }
  // Whatever stands between the slashes and the last such sign may be a password.
  return text.replace(/(^\s*https?:[/\\]*|(?:^|:)[/\\]{2,}).*@/is, "$1");
}

/** Where an address of a folder was written. */
export interface FolderSetting {
  /** The option or setting. */
  readonly name: string;
  /** What it may be relative to. */
  readonly base?: string | undefined;
  readonly remedy?: string | undefined;
}

/**
 * The address of a folder, with its slash at the end, below which files are asked for.
 *
 * @throws MobileNetError `invalid-argument` where it is none, or has a query or fragment, which would be
 *   in no file's address.
 */
export function folderAddress(text: string, { name, base, remedy }: FolderSetting): URL {
  const wrong = (summary: string): MobileNetError =>
    new MobileNetError("invalid-argument", `${name} ${summary}`, {
      expected: "https://…, the address of a folder, without ? and #",
      received: quote(typeof text === "string" ? shownAddress(text) : text),
      remedy,
    });
  if (typeof text !== "string" || !URL.canParse(text, base)) throw wrong("is no web address");
  const url = new URL(text, base);
  if (/[?#]/.test(text)) throw wrong(`has a ${url.hash === "" ? "query" : "fragment"}`);
  // A page's own address may have them, and a relative one without a path takes its query.
  url.search = "";
  url.hash = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/`;
  return url;
}
