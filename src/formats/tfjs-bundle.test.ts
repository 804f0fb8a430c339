import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { packedBytes, packedShard, unpackManifest, unpackShard } from "./tfjs-bundle.ts";
import { isScript } from "./tfjs-model.ts";

/** A script as a bundler writes it around one module of data. */
function script(data: string): Uint8Array {
  return new TextEncoder().encode(
    `!function(e){if("object"==typeof exports)module.exports=e();else{window.m=e()}}(function(){return function e(a,n,i){var r=n[0]={exports:{}};return r}({1:[function(e,a,n){a.exports=${data}},{}]},{},[1])(1)});`,
  );
}

describe("models packed as scripts", () => {
  it("give back the bytes of a base64 shard", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        const packed = script(`"${text}"`);
        expect([...unpackShard(packed, "shard.min.js")]).toEqual([...bytes]);
        expect(packed.length).toBeLessThanOrEqual(packedBytes(bytes.length, 1));
      }),
    );
  });

  it("give back the manifest", () => {
    const manifest = script('{weightsManifest:[{paths:["s"],weights:[]}],dense:!0}');
    expect(unpackManifest(manifest, "model.min.js")).toEqual({
      weightsManifest: [{ paths: ["s"], weights: [] }],
      dense: true,
    });
    expect([isScript("model.min.js"), isScript(packedShard("s")), isScript("model.json")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ["characters outside base64", '"AA*A"'],
    ["escapes", '"AA\\n"'],
    ["a broken group", '"AAA"'],
    ["padding in the middle", '"A=AA"'],
    ["no data", "load()"],
    ["no end", '"AAAA'],
  ])("are refused with %s", (_, data) => {
    const bytes = new TextEncoder().encode(`a.exports=${data}`);
    expect(() => unpackShard(bytes, "s.min.js")).toThrow(MobileNetError);
  });

  it("are refused with two exports of data", () => {
    const twice = new TextEncoder().encode('a.exports="AAAA";b.exports="AAAA"');
    expect(() => unpackShard(twice, "s.min.js")).toThrow(/2 exports/);
  });
});
