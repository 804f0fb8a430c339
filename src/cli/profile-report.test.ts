/** Networks' costs for people, as CSV and drawn. */
import { describe, expect, it } from "vitest";
import { profileByBlock } from "../graph/profile-by-block.ts";
import type { ProfiledNetwork } from "../json/measures.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { drawProfiles } from "./profile-drawing.ts";
import { describeProfiles, profilesCsv } from "./profile-report.ts";
import type { Writer } from "./terminal.ts";

const plain = (text: string): string => text;
const styles = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };
const out: Writer = { ...styles, write: () => {}, interactive: false, width: 80 };

function profiled(graph: ReturnType<typeof mobilenetV2 | typeof deeplabV3>): ProfiledNetwork {
  const { model, parameters, multiplyAdds, blocks, rows } = profileByBlock(graph);
  const { width, resolution } = graph.architecture;
  const sums = { parameters, weightParameters: parameters, multiplyAdds };
  const peakActivationBytes = { fused: 1000, unfused: 2000 };
  return { model, width, resolution, ...sums, peakActivationBytes, blocks, rows };
}

const network = profiled(mobilenetV2());
const two = [network, profiled(mobilenetV2({ width: 0.35, resolution: 96 }))];

describe("for people", () => {
  it("blocks are table 2 with costs, and a line that sums them", () => {
    const text = describeProfiles([network], { by: "block", out, totalsOnly: false });
    const lines = text.split("\n").map((line) => line.split(/ {2,}/));
    expect(lines).toContainEqual([
      ...["blocks 1–2", "112²×16", "bottleneck", "6", "24", "2", "2", "13,968", "54,942,720"],
      "18.3 %",
    ]);
    expect(lines).toContainEqual(["all", "3,504,872", "300,774,272", "100.0 %"]);
    expect(text).not.toContain("dilation");
  });

  it("sums have parameters as the paper counts them, where that is another number", () => {
    const options = { by: "block", out, totalsOnly: true } as const;
    const bare = { ...network, weightParameters: 3_470_760 };
    expect(describeProfiles([bare], options)).toMatch(
      /\nwithout batch norms +3,470,760 +3\.47 M\n/,
    );
    expect(describeProfiles([network], options)).not.toContain("batch norms");
  });

  it("dilations have a column where there are some", () => {
    const options = { by: "block", out, totalsOnly: false } as const;
    expect(describeProfiles([profiled(deeplabV3())], options)).toContain("dilation");
  });

  it.each([
    ["found", "its operations show", /these are what its operations show/],
    ["none", "each layer is a row", /No blocks .* each layer is a row/],
  ] as const)("what is %s is said aloud: %s", (blocks, _, words) => {
    const options = { by: "block", out, totalsOnly: false } as const;
    expect(describeProfiles([{ ...network, blocks }], options)).toMatch(words);
    expect(describeProfiles([network], options)).not.toMatch(words);
  });

  it("several networks are a line each, also where totals are asked for", () => {
    const text = describeProfiles(two, { by: "network", out, totalsOnly: false });
    expect(text.trim().split("\n")).toHaveLength(3);
    expect(text).toMatch(/mobilenet_v2_0\.35_96 +0\.35 +96×96 +1,677,128 +11,934,128 /);
    expect(describeProfiles(two, { by: "block", out, totalsOnly: true })).toBe(text);
  });
});

describe("CSV", () => {
  it("has as many cells in every line, and numbers without separators", () => {
    for (const by of ["block", "network", "layer"] as const) {
      const layers = [
        {
          ...{ name: "a, b", operation: "conv2d", outputShape: [1, 2, 3, 4] as const },
          ...{ parameters: 5, multiplyAdds: 6, outputBytes: 7 },
        },
      ];
      const lines = profilesCsv([{ ...network, layers }], by)
        .trimEnd()
        .split("\n");
      const cells = lines.map((line) => line.replace(/"[^"]*"/g, "quoted").split(",").length);
      expect(new Set(cells).size).toBe(1);
      expect(lines.length).toBeGreaterThan(1);
    }
    expect(profilesCsv(two, "block")).toContain(
      "mobilenet_v2_1_224,blocks 1–2,112,112,16,bottleneck,6,24,2,2,1,13968,54942720,0.18",
    );
  });

  it("gives no spreadsheet a formula", () => {
    const rows = [{ ...network.rows![0]!, part: "=1+1" }];
    expect(profilesCsv([{ ...network, rows }], "block")).toContain(",'=1+1,");
  });
});

describe("the drawing", () => {
  /** Lengths of the bars of a tone. */
  const bars = (svg: string, tone: number): readonly number[] =>
    [
      ...svg.matchAll(new RegExp(`<rect class="p${tone}[^>]* width="([\\d.]+)" height="9"`, "g")),
    ].map(([, width]) => Number(width));

  it("has bars as long as shares, of both kinds on one scale", () => {
    const svg = drawProfiles([network], "block");
    const { rows = [] } = network;
    for (const [tone, what] of [
      [1, "multiplyAdds"],
      [2, "parameters"],
    ] as const) {
      const shares = rows.map((row) => row[what] / network[what]);
      const lengths = bars(svg, tone);
      // The classifier's parameters are the longest.
      const scale = Math.max(...bars(svg, 2)) / (rows.at(-1)!.parameters / network.parameters);
      // Hundredths of a pixel.
      expect(lengths.map((length, i) => Math.abs(length - shares[i]! * scale) < 0.02)).toEqual(
        rows.map(() => true),
      );
    }
  });

  it("has a bar of each kind for each of several networks", () => {
    const svg = drawProfiles(two, "network");
    expect(bars(svg, 1)).toHaveLength(2);
    const [large = 0, small = 0] = bars(svg, 1);
    expect(small / large).toBeCloseTo(two[1]!.multiplyAdds / two[0]!.multiplyAdds, 3);
  });

  it("escapes names, and refuses more rows than anybody reads", () => {
    expect(drawProfiles([{ ...network, model: "<b>&" }], "network")).toContain("&lt;b&gt;&amp;");
    const rows = Array(1001).fill(network.rows![0]!);
    expect(() => drawProfiles([{ ...network, rows }], "block")).toThrow(/at most 1000/);
  });
});
