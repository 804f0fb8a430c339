/** Forms as clients send them, and such as nobody sends who has pictures: these are refused before they are taken apart. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { loadSharp } from "../../src/disk/packages-node.ts";
import { root } from "../cli/program.ts";
import { classifier } from "../off-thread/models.ts";
import { type OpenedApp, openApp } from "./open-app.ts";

const photo = readFileSync(join(root, "examples/images/coffee.png"));

let app: OpenedApp;
let small: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  app = await openApp({ models: [classifier()], maxBytes: 4e6 });
  const sharp = await loadSharp();
  small = new Uint8Array(await sharp(photo).resize(40).png().toBuffer());
});
afterAll(() => app.close());
afterEach(() => vi.restoreAllMocks());

/** The answer's status and code; of pictures that were looked at no code. */
async function ask(body: BodyInit, headers: Record<string, string>) {
  const response = await app.fetch("/v1/classify", { method: "POST", body, headers });
  const answer = (await response.json()) as { error?: { code: string } };
  return [response.status, answer.error?.code];
}

const part = (head: string, content: Uint8Array | string = small): Buffer =>
  Buffer.concat([Buffer.from(`--edge\r\n${head}\r\n\r\n`), Buffer.from(content), crlf]);
const crlf = Buffer.from("\r\n");
const disposition = 'Content-Disposition: form-data; name="image"; filename="a.png"';
const formOf = (...parts: readonly Buffer[]) =>
  new Uint8Array(Buffer.concat([...parts, Buffer.from("--edge--\r\n")]));
const type = (text: string) => ({ "Content-Type": `multipart/form-data${text}` });
const usual = type("; boundary=edge");

it.each([
  ...["; boundary=edge", ';boundary="edge"', "; charset=utf-8; boundary=edge"],
  ...["; BOUNDARY=edge", '; boundary="edge"; boundary=other'],
])("a form is known by its boundary: %s", async (text) => {
  expect(await ask(formOf(part(disposition)), type(text))).toEqual([200, undefined]);
});

it.each(["", "; boundary=", '; boundary=""', `; boundary=${"a".repeat(71)}`, "; boundary=a*b"])(
  "a form has a boundary: %s",
  async (text) => {
    expect(await ask(formOf(part(disposition)), type(text))).toEqual([400, "invalid-argument"]);
  },
);

it("a form of more pictures than are taken is not taken apart", async () => {
  const taken = vi.spyOn(Response.prototype, "formData");
  const parts = Array.from({ length: 20_000 }, () => part(disposition, ""));
  expect(await ask(formOf(...parts), usual)).toEqual([413, "too-large"]);
  expect(taken).not.toHaveBeenCalled();
  // As many as there is room for are.
  const few = Array.from({ length: app.pool.capacity }, () => part(disposition));
  expect(await ask(formOf(...few), usual)).toEqual([200, undefined]);
  expect(taken).toHaveBeenCalledOnce();
});

it.each([
  ["many headers", `${"a: b\r\n".repeat(2000)}${disposition}`],
  ["a long one", `Content-Type: a${" ".repeat(5000)}b\r\n${disposition}`],
  ["a name without end", disposition.replace("a.png", "a".repeat(5000))],
])("a form whose parts have %s is not taken apart", async (_, head) => {
  const taken = vi.spyOn(Response.prototype, "formData");
  expect(await ask(formOf(part(head)), usual)).toEqual([400, "invalid-argument"]);
  expect(taken).not.toHaveBeenCalled();
});

it.each([
  ["alone", ""],
  ["behind another", part(disposition, "a")],
])("a part without end of many headers, %s, is not taken apart", async (_, before) => {
  const taken = vi.spyOn(Response.prototype, "formData");
  const open = Buffer.from(`--edge\r\n${"a: b\r\n".repeat(300_000)}`);
  const body = new Uint8Array(Buffer.concat([Buffer.from(before), open]));
  expect(await ask(body, usual)).toEqual([400, "invalid-argument"]);
  expect(taken).not.toHaveBeenCalled();
});

it.each([
  ["nothing", () => formOf()],
  ["its beginning", () => new Uint8Array(part(disposition)).slice(0, 60)],
  ["other lines", () => new Uint8Array(Buffer.from("--edge\n\n--edge\n--edge--"))],
  ["a part of nobody", () => formOf(part("Content-Disposition: form-data"))],
])("a form of %s is refused", async (_, body) => {
  expect(await ask(body(), usual)).toEqual([400, "invalid-argument"]);
});
