import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { MobileNetError } from "../errors.ts";
import { attributesOf, childOf, parseXml } from "./xml.ts";

describe("XML of annotations", () => {
  it("is elements with their texts, attributes and lines; comments are passed over", () => {
    const text = `\ufeff<?xml version="1.0" encoding="utf-8"?>
<a verified="yes" x='1'><!-- <b> -->
  <b>1 &lt; 2 &#228;&#x4e2d;</b><c/><d><![CDATA[<&>]]></d>
</a>`;
    expect(parseXml(text, "a.xml")).toEqual({
      ...{ name: "a", line: 2, text: "", attributes: " verified=\"yes\" x='1'" },
      children: [
        { name: "b", line: 3, text: "1 < 2 ä中", attributes: "", children: [] },
        { name: "c", line: 3, text: "", attributes: "", children: [] },
        { name: "d", line: 3, text: "<&>", attributes: "", children: [] },
      ],
    });
  });

  it("has attributes in either quotes, with XML's entities", () => {
    const root = parseXml("<a><b x = 'a \"b\"' y=\"R&amp;D\" z:w=''/><c/></a>", "a.xml");
    const attributes = attributesOf(childOf(root, "b")!, "a.xml");
    expect([...attributes]).toEqual([
      ["x", 'a "b"'],
      ["y", "R&D"],
      ["z:w", ""],
    ]);
    expect(attributesOf(childOf(root, "c")!, "a.xml").size).toBe(0);
    const of = (text: string) => attributesOf(parseXml(text, "a.xml"), "a.xml: b");
    expect(() => of('<a b="1" b="2"/>')).toThrow(/a.xml: b: an attribute comes twice/);
    expect(() => of('<a b="&c;"/>')).toThrow(/a.xml: b: .*entity of its own/);
  });

  it.each([
    ["a document type", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /line 1: .*document type/],
    ["entities of its own", "<a>\n&b;</a>", /line 2: .*entity of its own/],
    ["a lone ampersand", "<a>R&D</a>", /entity of its own/],
    ["a character that is none", "<a>&#xd800;</a>", /entity of its own/],
    ["an instruction", "<a><?php evil ?></a>", /instruction/],
    ["another encoding", '<?xml version="1.0" encoding="gb2312"?><a/>', /another encoding/],
    ["crossed tags", "<a><b></a></b>", /fits no start: expected <\/b>/],
    ["an end without a start", "</a>", /fits no start/],
    ["no end", "<a>\n<b>", /line 2: .*cut short/],
    ["a second root", "<a/><b/>", /second root/],
    ["text outside", "<a/>text", /text outside/],
    ["no tag", "<a><1></a>", /no tag/],
    ["a comment without end", "<a><!-- ", /comment has no end/],
    ["nothing", " \n", /no XML element/],
  ])("is refused with %s", (_, text, message) => {
    expect(() => parseXml(text, "a.xml")).toThrow(message);
  });

  it("is refused where it nests or counts beyond any annotation", () => {
    expect(parseXml("<a>".repeat(32) + "</a>".repeat(32), "a.xml").name).toBe("a");
    expect(() => parseXml("<a>".repeat(1_000_000), "a.xml")).toThrow(/nests too deeply/);
    expect(() => parseXml(`<a>${"<b/>".repeat(300_000)}</a>`, "a.xml")).toThrow(
      /too many elements/,
    );
  });

  it("gives a tree or the library's error, whatever stands there", () => {
    const pieces = [
      "<a>",
      "</a>",
      "<b x='1'/>",
      "<a b='",
      "<",
      ">",
      "&amp;",
      "&",
      "<!--",
      "-->",
      "<![CDATA[",
    ];
    const more = ["]]>", "<?xml ?>", "<!DOCTYPE", "text", '"', "\n", "é", "/", "="];
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces, ...more), fc.string()));
    const run = fc.property(text, (parts) => {
      try {
        const root = parseXml(parts.join(""), "a.xml");
        expect(root.name).not.toBe("");
        attributesOf(root, "a.xml");
      } catch (error) {
        expect(error).toBeInstanceOf(MobileNetError);
        expect(error).toMatchObject({ code: "invalid-data" });
      }
    });
    fc.assert(run, { numRuns: inputs(500) });
  });
});
