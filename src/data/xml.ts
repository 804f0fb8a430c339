/**
 * XML as annotation tools write it: elements, attributes, text, comments. What could
 * refer to other files or grow beyond the file (a document type, entities of one's own, instructions) is
 * refused, and so is what nests or counts beyond any annotation, before a tree is made of it.
 */
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";

/** An element with its own text and the elements inside. */
export interface XmlElement {
  readonly name: string;
  /** The text between the elements, trimmed. */
  readonly text: string;
  readonly children: readonly XmlElement[];
  /** The attributes as they are written; `attributesOf` reads them. */
  readonly attributes: string;
  /** The line that it begins in, from 1. */
  readonly line: number;
}

const mostDepth = 32;

/** The entities that XML itself has. */
const entities: Readonly<Record<string, string>> = {
  ...{ lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" },
};

/** A start or end tag from its `<` on; attributes are in quotes and hold no `<`. */
const tag =
  /<(\/?)([\p{L}_][\p{L}\p{N}_.:-]{0,99})((?:\s+[\p{L}_][\p{L}\p{N}_.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/uy;

const attribute = /([\p{L}_][\p{L}\p{N}_.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/gu;

/**
 * An element's attributes by name.
 *
 * @param place - The element, for messages.
 * @throws MobileNetError `invalid-data` where one comes twice, or has an entity of its own.
 *
 * @example
 * ```ts
 * attributesOf(parseXml("<a b='1 &lt; 2'/>", "a.xml"), "a.xml").get("b"); // "1 < 2"
 * ```
 */
export function attributesOf(
  { attributes }: XmlElement,
  place: string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const wrong = (_: number, summary: string, expected?: string): Error =>
    invalidData(place, summary, { expected });
  for (const [, name, double, single] of attributes.matchAll(attribute)) {
    if (found.has(name!)) {
      throw invalidData(place, "an attribute comes twice", { received: quote(name) });
    }
    found.set(
      name!,
      plain(double ?? single ?? "", () => 0, wrong),
    );
  }
  return found;
}

/** The first child of a name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

interface Open {
  readonly name: string;
  readonly attributes: string;
  readonly line: number;
  readonly children: XmlElement[];
  text: string;
}

/**
 * The root element of a document.
 *
 * @param node - The file's name, for messages.
 * @param limits - `mostElements`: as many elements as are made, 200 000 unless given.
 * @throws MobileNetError `invalid-data` naming the line that is wrong.
 *
 * @example
 * ```ts
 * parseXml("<a><b>1 &lt; 2</b></a>", "a.xml").children[0].text; // "1 < 2"
 * ```
 */
export function parseXml(
  text: string,
  node: string,
  { mostElements = 200_000 }: { readonly mostElements?: number } = {},
): XmlElement {
  const lines = new LineCounter(text);
  const wrong = (at: number, summary: string, expected?: string): Error =>
    invalidData(`${node}, line ${lines.at(at)}`, summary, {
      expected,
      received: quote(text.slice(at, at + 40)),
    });
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  const take = (piece: string, at: number): void => {
    const inside = open.at(-1);
    if (inside !== undefined) inside.text += piece;
    else if (piece.trim() !== "") throw wrong(at, "there is text outside the XML's root element");
  };
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const declaration = /<\?xml\s[^<>]*\?>/y;
  declaration.lastIndex = at;
  if (declaration.test(text)) {
    const encoding = /encoding\s*=\s*["']([^"']*)/.exec(text.slice(at, declaration.lastIndex))?.[1];
    if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) {
      throw wrong(at, "the XML is of another encoding", "UTF-8");
    }
    at = declaration.lastIndex;
  }
  while (at < text.length) {
    const next = text.indexOf("<", at);
    const end = next < 0 ? text.length : next;
    if (end > at)
      take(
        plain(text.slice(at, end), (offset) => at + offset, wrong),
        at,
      );
    if (next < 0) break;
    at = next;
    if (text.startsWith("<!--", at)) {
      at = endOf(text, "-->", at + 4, () => wrong(next, "a comment has no end"));
    } else if (text.startsWith("<![CDATA[", at)) {
      at = endOf(text, "]]>", at + 9, () => wrong(next, "a section of text has no end"));
      take(text.slice(next + 9, at - 3), next);
    } else if (text.startsWith("<!", at)) {
      throw wrong(at, "the XML declares a document type or entities", "elements and text alone");
    } else if (text.startsWith("<?", at)) {
      throw wrong(at, "the XML has an instruction", "elements and text alone");
    } else {
      tag.lastIndex = at;
      const match = tag.exec(text);
      if (match === null) throw wrong(at, "this is no tag", "an XML file");
      const [, closing, name = "", attributes, alone] = match;
      if (closing !== "") {
        const last = open.pop();
        const fits = last?.name === name && attributes === "" && alone === "";
        if (!fits) throw wrong(at, "an end tag fits no start", last && `</${last.name}>`);
        const element = { ...last, text: last.text.trim() };
        const outer = open.at(-1);
        if (outer === undefined) root = element;
        else outer.children.push(element);
      } else {
        if (open.length === 0 && root !== undefined) {
          throw wrong(at, "the XML has a second root element", "one");
        }
        if (++elements > mostElements) {
          throw wrong(at, "the XML has too many elements", `at most ${mostElements}`);
        }
        if (open.length >= mostDepth) {
          throw wrong(at, "the XML nests too deeply", `at most ${mostDepth} elements`);
        }
        const line = lines.at(at);
        const element = { name, line, attributes: attributes ?? "", children: [], text: "" };
        if (alone === "") open.push(element);
        else if (open.length > 0) open.at(-1)!.children.push(element);
        else root = element;
      }
      at = tag.lastIndex;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    throw invalidData(`${node}, line ${unclosed.line}`, "the XML is cut short", {
      expected: `</${unclosed.name}>`,
      received: "the end of the file",
    });
  }
  if (root === undefined) throw invalidData(node, "the file has no XML element");
  return root;
}

function endOf(text: string, mark: string, from: number, none: () => Error): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw none();
  return at + mark.length;
}

/** Text with its entities replaced: the five of XML, and characters by number. */
function plain(
  text: string,
  place: (offset: number) => number,
  wrong: (at: number, summary: string, expected?: string) => Error,
): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&\s]{0,32};)?/g, (_, body: string | undefined, offset: number) => {
    const name = (body ?? "").slice(0, -1);
    if (Object.hasOwn(entities, name)) return entities[name]!;
    const digits = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const code =
      digits === null ? 0 : Number.parseInt(digits[1] ?? digits[2]!, digits[1] ? 16 : 10);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
    if (isCharacter) return String.fromCodePoint(code);
    throw wrong(place(offset), "the XML has an entity of its own", "&lt; &gt; &amp; &quot; &apos;");
  });
}

/** Lines of places that come in ascending order: every end of a line is looked for once. */
class LineCounter {
  readonly #text: string;
  #end: number;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
    this.#end = this.#next(0);
  }

  at(place: number): number {
    while (this.#end < place) {
      this.#line++;
      this.#end = this.#next(this.#end + 1);
    }
    return this.#line;
  }

  #next(from: number): number {
    const at = this.#text.indexOf("\n", from);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  }
}
