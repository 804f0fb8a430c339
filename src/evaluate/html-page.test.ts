/** The report's page: whatever names hold stays text, nothing is fetched, pictures are in it. */
import { describe, expect, it } from "vitest";
import { htmlReport, type ShownPicture } from "./html-page.ts";

const nasty = `"><script>alert(1)</script><img src=x onerror=alert(2)>&'`;
const picture: ShownPicture = {
  bytes: Uint8Array.of(255, 216, 255, 0),
  type: "image/jpeg",
  width: 10,
  height: 8,
  caption: nasty,
  boxes: [{ x: 1, y: 2, width: 3, height: 4, label: nasty, kind: "true" }],
};

describe("a report's page", () => {
  const page = htmlReport({
    title: nasty,
    note: nasty,
    sections: [
      {
        title: nasty,
        note: nasty,
        rows: [[nasty, nasty]],
        legend: [{ color: nasty, label: nasty }],
        groups: [{ title: nasty, lines: [nasty], wrong: true, pictures: [picture, picture] }],
      },
    ],
  });

  it("shows markup in names as text, wherever they stand", () => {
    expect(page).not.toMatch(/<script|<img|x onerror=alert\(2\)>/);
    // Nothing but whole elements, so that no attribute is left by a quotation mark.
    const body = page.slice(page.indexOf("<body>"));
    const rest = body.replace(/<\/?[a-z]\w*(?: [a-z-]+\w*="[^"<>]*")*\/?>/gi, "");
    expect(rest).not.toMatch(/[<>"]/);
    expect(page.match(/&lt;script&gt;/g)!.length).toBeGreaterThanOrEqual(12);
  });

  it("allows nothing but its own style and the pictures in it", () => {
    expect(page).toContain(
      `http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`,
    );
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(page).toContain('href="data:image/jpeg;base64,/9j/AA=="');
  });

  it("keeps bytes of any number", () => {
    const bytes = Uint8Array.from({ length: 20_001 }, (_, i) => i * 7);
    const group = { title: "", lines: [], wrong: false, pictures: [{ ...picture, bytes }] };
    const whole = htmlReport({ title: "", note: "", sections: [{ title: "", groups: [group] }] });
    const [, text = ""] = /base64,([^"]*)"/.exec(whole) ?? [];
    expect(Buffer.from(text, "base64").equals(Buffer.from(bytes))).toBe(true);
  });
});
