/** Runs that are interrupted, that meet others, that cannot write, and whose pictures change. */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { Random } from "../../src/random.ts";
import { dataFolder } from "../data-folder.ts";
import { mobilenetv2, type Outcome } from "./program.ts";

const { at, put } = dataFolder("file");

/** A noisy picture of one colour. */
async function picture(color: readonly number[], seed: number, edge = 24): Promise<Uint8Array> {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: edge * edge * 3 }, (_, i) => {
    return (color[i % 3] as number) + random.integer(40);
  });
  return encodePng({ width: edge, height: edge, data });
}

async function makeData(name: string): Promise<void> {
  for (const [label, color] of [
    ["blue", [10, 20, 200]],
    ["red", [200, 10, 20]],
  ] as const) {
    for (let i = 0; i < 20; i++) await put(`${name}/${label}/${i}.png`, await picture(color, i));
  }
}

beforeAll(() => makeData("data"));

const small = ["--width", "0.1", "--batch", "8", "--learning-rate", "0.02", "--workers", "0"];
const begin = (out: string, ...more: readonly string[]): string[] => {
  return ["train", "--data", at("data"), "--out", at(out), ...small, ...more];
};
const goOn = (out: string, ...more: readonly string[]): string[] => {
  return ["train", "--resume", "--out", at(out), ...more];
};

/** Starts a run; ends it by SIGKILL once the folder is as it should be. */
async function killed(args: readonly string[], when: () => Promise<boolean>): Promise<Outcome> {
  const controller = new AbortController();
  const { signal } = controller;
  const run = mobilenetv2(args, {
    onStart: async (kill) => {
      while (!signal.aborted) {
        if (await when().catch(() => false)) return kill("SIGKILL");
        await setTimeout(2);
      }
    },
  });
  return await run.finally(() => controller.abort());
}

const has = async (out: string, name: string | RegExp): Promise<boolean> => {
  const names = await readdir(at(out));
  return names.some((one) => (typeof name === "string" ? one === name : name.test(one)));
};

describe("a run", () => {
  it("that was killed in an epoch goes on by its folder alone, to the same model", async () => {
    const whole = await mobilenetv2(begin("whole", "--epochs", "3"));
    expect(whole.code).toBe(0);
    const many = ["--epochs", "3", "--checkpoint-steps", "1"];
    const { code } = await killed(begin("killed", ...many), () => {
      return has("killed", "checkpoint.safetensors");
    });
    expect(code).toBeNull();
    const resumed = await mobilenetv2(goOn("killed"));
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining("best epoch")]);
    const model = (out: string) => readFile(at(out, "model.safetensors"));
    expect(Buffer.compare(await model("killed"), await model("whole"))).toBe(0);
    // What is said of the machine stands in one hidden file, and the claim of the killed run is gone.
    expect((await readdir(at("killed"))).filter((name) => name.startsWith("."))).toEqual([
      ".run-paths.json",
    ]);
  });

  it("in rounds is that of the shards' number, killed or not, and of one shard the run itself", async () => {
    const model = (out: string) => readFile(at(out, "model.safetensors"));
    const one = ["--epochs", "3", "--shards", "1", "--local-steps", "2"];
    const [single, many] = [
      await mobilenetv2(begin("one", ...one)),
      ["--epochs", "3", "--shards", "2", "--local-steps", "1"],
    ];
    expect([single.code, single.stdout]).toEqual([0, expect.stringContaining("best epoch")]);
    expect(Buffer.compare(await model("one"), await model("whole"))).toBe(0);
    expect((await mobilenetv2(begin("rounds", ...many))).code).toBe(0);
    expect(Buffer.compare(await model("rounds"), await model("whole"))).not.toBe(0);
    const { code } = await killed(begin("stopped", ...many), () => {
      return has("stopped", "checkpoint.safetensors");
    });
    expect(code).toBeNull();
    expect((await mobilenetv2(goOn("stopped"))).code).toBe(0);
    expect(Buffer.compare(await model("stopped"), await model("rounds"))).toBe(0);
    for (const [more, words] of [
      [["--local-steps", "2"], /--local-steps is about shards.*Add --shards N/],
      [["--shards", "2", "--checkpoint-steps", "2"], /says nothing to a run in rounds/],
      [["--shards", "9", "--epochs", "1"], /too few samples for so many shards.*Take fewer/],
    ] as const) {
      const refused = await mobilenetv2(begin("refused", ...more));
      expect([refused.code, refused.stderr]).toEqual([
        expect.any(Number),
        expect.stringMatching(words),
      ]);
      expect(refused.code).not.toBe(0);
    }
  });

  it("that ended before its first checkpoint begins anew by --resume, and says so", async () => {
    await mkdir(at("early"));
    for (const name of ["run.json", ".run-paths.json"]) {
      await copyFile(at("whole", name), at("early", name));
    }
    const { code, stderr } = await mobilenetv2(goOn("early"));
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: there is no checkpoint yet: the run begins anew/);
    expect(stderr).toMatch(/epoch 1 of 3/);
    const model = (out: string) => readFile(at(out, "model.safetensors"));
    expect(Buffer.compare(await model("early"), await model("whole"))).toBe(0);
    // As a script would have it that always says --resume.
    const first = await mobilenetv2(begin("first", "--epochs", "1", "--resume"));
    expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(/begins anew/)]);
    const nothing = await mobilenetv2(goOn("nowhere"));
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toMatch(/no run to go on from.*or --data to begin one/);
  });

  it("has its folder for itself until it ends or is killed", async () => {
    let other: Outcome | undefined;
    const first = await killed(begin("held", "--epochs", "1000"), async () => {
      if (!(await has("held", /\.held$/))) return false;
      other = await mobilenetv2(begin("held", "--epochs", "1", "--force"));
      return true;
    });
    expect(first.code).toBeNull();
    expect([other?.code, other?.stdout]).toEqual([2, ""]);
    expect(other?.stderr).toMatch(
      /another run is under way in --out: expected .*, received process \d+, begun 20.* UTC\. Wait/,
    );
    expect(await has("held", /\.held$/)).toBe(true);
    const later = await mobilenetv2(begin("held", "--epochs", "1", "--force"));
    expect([later.code, later.stderr]).toEqual([0, expect.anything()]);
  });

  it("notices before it loads anything that its folder cannot be written to", async () => {
    await put("file", "");
    for (const out of [at("file"), at("file", "below")]) {
      const args = ["train", "--data", at("nowhere"), "--out", out, ...small];
      const { code, stdout, stderr } = await mobilenetv2(args);
      expect([out, code, stdout, stderr]).toEqual([
        out,
        1,
        "",
        expect.not.stringMatching(/epoch|nowhere/),
      ]);
    }
  });

  it.skipIf(process.platform !== "linux")(
    "ends before its first epoch where no folder can be made",
    async () => {
      const args = begin("x").map((one) => (one === at("x") ? "/proc/run" : one));
      const { code, stdout, stderr } = await mobilenetv2(args);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/error: \/proc\/run: /);
      expect(stderr).not.toMatch(/epoch 1/);
    },
  );

  it("names pictures that are not as they were when it began", async () => {
    await makeData("changing");
    const args = ["train", "--data", at("changing"), "--out", at("changed"), ...small];
    expect((await mobilenetv2([...args, "--epochs", "1"])).code).toBe(0);
    await put("changing/red/3.png", await picture([9, 9, 9], 1, 30));
    const { code, stdout, stderr } = await mobilenetv2(goOn("changed"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/pictures have changed since.*received others: "[^ ]*3\.png"\. Put/);
    await put("changing/red/3.png", await picture([200, 10, 20], 3));
    expect((await mobilenetv2(goOn("changed"))).code).toBe(0);
  });

  it("that diverges ends with what can be done", async () => {
    const args = begin("diverged", "--epochs", "50").map((one) => (one === "0.02" ? "1000" : one));
    const { code, stdout, stderr } = await mobilenetv2(args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/out of bounds.*Lower the learning rate, .*clip the gradients/);
  });

  it("says what a step takes, and that a batch goes through in parts", async () => {
    const part = begin("part", "--epochs", "1", "--memory", "14000000");
    const { code, stderr } = await mobilenetv2(part);
    expect(code).toBe(0);
    expect(stderr).toMatch(/a step takes 1\d\.\d MB of memory/);
    expect(stderr).toMatch(
      /8 pictures go through in 2 passes of 4, because all at once would take \d.*see 4 at a time: --memory or --batch/,
    );
    expect((await mobilenetv2(goOn("part"))).code).toBe(0);
    const other = await mobilenetv2(goOn("part", "--memory", "15000000"));
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/--memory 14000000/)]);
  });

  it("counts rare classes as much as frequent ones, or classes by name", async () => {
    const lines = [...Array(16).keys()].map((i) => {
      return i < 12 ? `data/blue/${i}.png,blue,train` : `data/red/${i}.png,red,train`;
    });
    await put("few.csv", `path,label,split\n${lines.join("\n")}\ndata/red/0.png,red,test`);
    const run = (out: string, weights: string) => {
      const args = ["train", "--data", at("few.csv"), "--out", at(out), ...small];
      return mobilenetv2([...args, "--epochs", "1", "--class-weights", weights]);
    };
    const balanced = await run("balanced", "balanced");
    expect(balanced.stderr).toMatch(/classes count by weights: blue 0\.667, red 2\n/);
    expect((await mobilenetv2(goOn("balanced"))).code).toBe(0);
    const named = await run("named", "red=3");
    expect(named.stderr).toMatch(/classes count by weights: blue 1, red 3\n/);
    const model = (out: string) => readFile(at(out, "model.safetensors"));
    expect(Buffer.compare(await model("balanced"), await model("named"))).not.toBe(0);
    const wrong = await run("wrong", "green=3");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/no class.*blue, red/)]);
  });

  it("refuses a checkpoint that is damaged or of an earlier version", async () => {
    const path = at("whole", "checkpoint.safetensors");
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    const { code, stderr } = await mobilenetv2(goOn("whole"));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/checkpoint is damaged.*--force/)]);
  });
});
