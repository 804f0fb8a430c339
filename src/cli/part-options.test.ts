import { describe, expect, it } from "vitest";
import { regionOption, tilesOption } from "./part-options.ts";

describe("--region", () => {
  it.each([
    ["0,0,10,20", { x: 0, y: 0, width: 10, height: 20 }],
    ["-3, 4.5,10,20", { x: -3, y: 4.5, width: 10, height: 20 }],
  ])("reads %s", (given, region) => expect(regionOption.read([given], "region")).toEqual(region));

  it.each(["", "1,2,3", "1,2,3,4,5", "1,2,0,4", "a,b,c,d", "1,2,3,1e9", "0x1,2,3,4"])(
    "refuses %s",
    (given) => expect(() => regionOption.read([given], "region")).toThrow("bad value for --region"),
  );
});

describe("--tiles", () => {
  it.each([
    ["auto", "auto"],
    ["640", 640],
    ["4x1", { columns: 4, rows: 1 }],
    ["2×3", { columns: 2, rows: 3 }],
  ])("reads %s", (given, tiles) => expect(tilesOption.read([given], "tiles")).toEqual(tiles));

  it.each(["", "15", "0x2", "2x", "x2", "2x2x2", "1.5", "-2", "4096x1"])("refuses %s", (given) =>
    expect(() => tilesOption.read([given], "tiles")).toThrow("bad value for --tiles"),
  );
});
