/** The view that looks into the paper: what it shows is what the library counts and computes in Node. */
import type { Locator, Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { activations } from "../../src/experiments/manifold/activations.ts";
import { embedCurve } from "../../src/experiments/manifold/embed.ts";
import { spiral } from "../../src/experiments/manifold/spiral.ts";
import { checkpoints } from "../../src/experiments/trade-offs/checkpoints.ts";
import {
  countCost,
  type Graph,
  GraphBuilder,
  mobilenetV2,
  type Network,
  profile,
  profileByBlock,
  wasmBackend,
} from "../../src/index.ts";
import { numbersIn, said, slide, violations } from "./look-at.ts";
import { useWeb } from "./open-web.ts";

const web = useWeb();

let page: Page;
let opened = false;

/** One page goes through all parts, as a visitor does. */
async function go(part: string, heading: string): Promise<void> {
  if (!opened) page = await web.open(`/#/understand/${part}`);
  else await page.getByRole("link", { name: heading, exact: true }).click();
  opened = true;
  await page.getByRole("heading", { level: 2, name: heading, exact: true }).waitFor();
}

afterAll(async () => {
  if (!opened) return;
  await page.context().close();
});

describe("the manifold", () => {
  /** Flattened, coinciding, error, error of shape, expected, of a row of the table. */
  const rowOf = (n: number): Promise<readonly number[]> =>
    numbersIn(
      page.locator("tbody tr", { has: page.getByRole("rowheader", { name: `${n}`, exact: true }) }),
    );

  it("collapses in 2 dimensions and hardly in 30, by the numbers of the experiment", async () => {
    await go("manifold", "Manifold");
    await said(page).waitFor();
    const [narrow, wide] = [await rowOf(2), await rowOf(30)];
    expect(narrow[0]).toBeGreaterThan(0.5);
    expect(narrow[0]).toBeGreaterThan(wide[0]! + 0.4);
    expect(narrow[1]).toBeGreaterThan(wide[1]! + 0.4);
    expect(narrow[3]).toBeGreaterThan(wide[3]!);
    const inNode = embedCurve(spiral(300, 3), 30, activations.relu, { seed: 1, run: 0 });
    // Engines may round the sines of the spiral and of the draws otherwise, in their last digits.
    expect(wide[2]).toBeCloseTo(inNode.error, 9);
    expect(wide[3]).toBeCloseTo(inNode.shapeError, 9);
  });

  it("follows the slider, the matrix and the activation; a linear layer loses nothing", async () => {
    await slide(page, /Dimensions/, 7);
    await said(page).filter({ hasText: "n = 7" }).waitFor();
    const first = await rowOf(7);
    await page.getByRole("button", { name: "Another T" }).click();
    await expect.poll(async () => (await rowOf(7))[2]).not.toBe(first[2]);
    await page.getByLabel("Activation").selectOption("linear");
    await expect.poll(async () => (await rowOf(7))[2]).toBeLessThan(1e-9);
    expect((await rowOf(2)).slice(0, 2)).toEqual([0, 0]);
  });
});

describe("the block", () => {
  /** Parameters, multiply-adds, the largest map, memory layer by layer and fused. */
  const rowOf = (form: string): Promise<readonly number[]> =>
    numbersIn(page.locator(`tr[data-form=${form}]`));

  /** What a network's block costs, by the names of its nodes. */
  function costOf(network: Network, block: number): readonly [number, number] {
    const nodes = countCost(network).nodes.filter(({ name }) => name.startsWith(`block_${block}/`));
    return [
      nodes.reduce((sum, { parameters }) => sum + parameters, 0),
      nodes.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
    ];
  }

  it("costs what the same block of the network costs, with the shortcut where it belongs", async () => {
    await go("block", "Block");
    await said(page).waitFor();
    expect((await rowOf("inverted")).slice(0, 2)).toEqual(costOf(mobilenetV2(), 8));
    expect(await said(page).textContent()).toContain("The input is added");
    // The first block of the 160-channel row, of a narrower network.
    await page.getByLabel("Width multiplier").selectOption("0.5");
    await page.getByLabel("Stride").selectOption("2");
    await slide(page, /Input channels/, 96);
    await slide(page, /Output channels/, 160);
    const expected = costOf(mobilenetV2({ width: 0.5 }), 13);
    await expect.poll(async () => (await rowOf("inverted")).slice(0, 2)).toEqual(expected);
    expect(await said(page).textContent()).toContain("no shortcut, because the stride is 2");
  });

  it("stands beside a regular and a separable convolution of the same input and output", async () => {
    const layer = { padding: "same", activation: "relu6", epsilon: 1e-3, stride: 2 } as const;
    const graphOf = (add: (builder: GraphBuilder, input: string) => string): Graph => {
      const builder = new GraphBuilder("convolution");
      return builder.build([add(builder, builder.input("input", [1, 14, 14, 48]))]);
    };
    const full = graphOf((builder, input) =>
      builder.conv2d(80, { ...layer, name: "full", input, kernel: 3 }),
    );
    const separable = graphOf((builder, input) =>
      builder.conv2d(80, {
        ...{ ...layer, name: "point", stride: 1 },
        input: builder.depthwiseConv2d({ ...layer, name: "depth", input, kernel: 3 }),
      }),
    );
    for (const [form, graph] of Object.entries({ full, separable })) {
      const { parameters, multiplyAdds, peakActivationBytes, layers } = profile(
        graph,
        wasmBackend.target,
      );
      const largest = Math.max(...layers.map(({ outputBytes }) => outputBytes));
      const { fused, unfused } = peakActivationBytes;
      const expected = [parameters, multiplyAdds, largest, unfused, fused];
      expect(await rowOf(form)).toEqual(expected);
    }
  });
});

describe("the layers", () => {
  const size = { width: 0.35, resolution: 96 } as const;
  const rows = (): Locator => page.locator("tbody tr");

  it("are table 2's rows with the library's costs and memory", async () => {
    await go("layers", "Layers");
    await page.getByLabel("Width multiplier").selectOption("0.35");
    await page.getByLabel("Resolution").selectOption("96");
    const graph = mobilenetV2(size);
    const counted = profileByBlock(graph);
    const expected = counted.rows.map(({ part, parameters, multiplyAdds, share }) => [
      ...[part, parameters, multiplyAdds, share],
    ]);
    const shown = async (): Promise<unknown> => {
      const all = await rows().all();
      return await Promise.all(
        all.map(async (row) => [
          await row.getByRole("rowheader").textContent(),
          ...(await numbersIn(row)),
        ]),
      );
    };
    await expect.poll(shown).toEqual(expected);
    const { fused, unfused } = profile(graph, wasmBackend.target).peakActivationBytes;
    const memory = await numbersIn(page.locator("tfoot tr").last());
    expect(memory).toEqual([fused, unfused]);
  });

  it("can be measured, and the measurement be stopped", async () => {
    await page.getByRole("button", { name: "Measure" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("status").filter({ hasText: "Stopped." }).waitFor();
    await page.getByRole("button", { name: "Measure" }).click();
    await said(page).filter({ hasText: "A run takes" }).waitFor();
    for (const [i, row] of (await rows().all()).entries()) {
      const times = (await numbersIn(row)).slice(3);
      // Fused, the stem is part of the first block: it has the time of its layer alone.
      expect(times).toHaveLength(i === 0 ? 1 : 3);
      expect(Math.min(...times)).toBeGreaterThan(0);
    }
  });
});

describe("the trade-off", () => {
  it("of two networks has two times, and what was published", async () => {
    await go("trade-off", "Trade-off");
    await page.getByRole("button", { name: "None" }).click();
    expect(await page.getByRole("button", { name: "Measure" }).count()).toBe(0);
    await page.getByLabel("0.35 × 96").check();
    await page.getByLabel("0.35 × 128").check();
    await page.getByRole("button", { name: "Measure" }).click();
    await said(page).filter({ hasText: "Measured: 2" }).waitFor();
    for (const resolution of [96, 128]) {
      const row = page.locator(`tr[data-network="0.35_${resolution}"]`);
      const [parameters, multiplyAdds, milliseconds] = await numbersIn(row);
      const cost = countCost(mobilenetV2({ width: 0.35, resolution }));
      expect([parameters, multiplyAdds]).toEqual([cost.parameters, cost.multiplyAdds]);
      expect(milliseconds).toBeGreaterThan(0);
      const published = checkpoints.find(
        (one) => one.width === 0.35 && one.resolution === resolution,
      );
      const cells = await row.getByRole("cell").allTextContents();
      expect(cells.at(-1)).toBe(published!.top1.toFixed(1));
    }
    expect(await page.locator("svg.scatter .mark").count()).toBe(2 * (1 + 2));
  });
});

describe("every part", () => {
  it.each(["light", "dark"] as const)("can be read and used by everybody, in %s", async (theme) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const name of ["Manifold", "Block", "Layers", "Features", "Trade-off"]) {
      await go("", name);
      expect([name, ...(await violations(page))]).toEqual([name]);
    }
  });

  it("fits into 360 pixels, in Chinese too, at an address of its own", async () => {
    const viewport = { width: 360, height: 740 };
    const chinese = await web.open("/?lang=zh#/understand/layers", { viewport });
    await chinese.getByRole("heading", { level: 2, name: "各层开销" }).waitFor();
    const links = chinese.locator("nav.parts a");
    for (const link of await links.all()) {
      await link.click();
      await chinese.locator("nav.parts a[aria-current]").waitFor();
      const width = await chinese.evaluate(() => document.documentElement.scrollWidth);
      expect([await link.textContent(), width]).toEqual([await link.textContent(), 360]);
    }
    await chinese.context().close();
  });

  it("says in words what did not come", async () => {
    const context = await web.browser.newContext({ serviceWorkers: "block" });
    const failing = await context.newPage();
    await failing.route("**/models/**", (route) => route.abort());
    await failing.goto(`${web.site.origin}/index.html?lang=en#/understand/features`);
    const alert = failing.getByRole("alert");
    await alert.filter({ hasText: "The model could not be loaded" }).waitFor();
    await failing.route("**/assets/parts-*.js", (route) => route.abort());
    await failing.reload();
    await alert.filter({ hasText: "This part of the page could not be loaded" }).waitFor();
    await context.close();
  });
});
