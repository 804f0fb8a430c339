import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { isTfjsBundle, unpackTfjsBundle } from "./tfjs-bundle.ts";

/** A script as a bundler writes it around one module of data. */
function script(data: string): Uint8Array {
  return new TextEncoder().encode(
    `!function(e){if("object"==typeof exports)module.exports=e();else{window.m=e()}}(function(){return function e(a,n,i){var r=n[0]={exports:{}};return r}({1:[function(e,a,n){a.exports=${data}},{}]},{},[1])(1)});`,
  );
}

function unpackShard(data: string): Uint8Array {
  const unpacked = unpackTfjsBundle(new Map([["m/shard.min.js", script(data)]]));
  return unpacked.get("m/shard") as Uint8Array;
}

describe("unpackTfjsBundle", () => {
  it("gives back the bytes of a base64 shard", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect([...unpackShard(`"${text}"`)]).toEqual([...bytes]);
      }),
    );
  });

  it("gives back the manifest as JSON, beside its shards", () => {
    const manifest = script('{weightsManifest:[{paths:["s"],weights:[]}],dense:!0}');
    const files = new Map([
      ["m/model.min.js", manifest],
      ["m/labels.txt", Uint8Array.of(65)],
    ]);
    expect(isTfjsBundle(files)).toBe(true);
    const unpacked = unpackTfjsBundle(files);
    expect([...unpacked.keys()]).toEqual(["m/model.json", "m/labels.txt"]);
    expect(JSON.parse(new TextDecoder().decode(unpacked.get("m/model.json")))).toEqual({
      weightsManifest: [{ paths: ["s"], weights: [] }],
      dense: true,
    });
  });

  it("leaves plain models alone", () => {
    expect(isTfjsBundle(new Map([["model.json", new Uint8Array()]]))).toBe(false);
  });

  it.each([
    ["characters outside base64", '"AA*A"'],
    ["escapes", '"AA\\n"'],
    ["a broken group", '"AAA"'],
    ["padding in the middle", '"A=AA"'],
    ["no data", "load()"],
    ["no end", '"AAAA'],
  ])("rejects a shard with %s", (_, data) => {
    const bytes = new TextEncoder().encode(`a.exports=${data}`);
    expect(() => unpackTfjsBundle(new Map([["s.min.js", bytes]]))).toThrow(MobileNetError);
  });

  it("rejects a script with two exports of data", () => {
    const twice = new TextEncoder().encode('a.exports="AAAA";b.exports="AAAA"');
    expect(() => unpackTfjsBundle(new Map([["s.min.js", twice]]))).toThrow(/2 exports/);
  });
});
