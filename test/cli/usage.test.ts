/** The program from outside: how it answers to being called rightly and wrongly, without any model. */
import { existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { countCost } from "../../src/graph/cost.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { mobilenetv2, root } from "./program.ts";

const photo = "examples/images/astronaut.png";

beforeAll(async () => {
  await mobilenetv2(["--version"]); // builds
});

describe("the program", () => {
  it("starts without arguments to tell its version and help", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await mobilenetv2(["--version"])).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
    const help = await mobilenetv2(["detect", "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--score-threshold");
  });

  it("is a script that node runs", () => {
    const source = readFileSync(join(root, "src/cli/main.ts"), "utf8");
    expect(source.startsWith("#!/usr/bin/env node\n")).toBe(true);
  });

  it.each([
    ["an unknown command", ["clasify", photo], "Did you mean classify?"],
    [
      "an unknown option",
      ["detect", photo, "--score-treshold", "1"],
      "Did you mean --score-threshold?",
    ],
    ["an option's old name", ["segment", photo, "--mask", "x.png"], "It is --class-map now."],
    ["a flag's old name", ["evaluate", "--strict"], "It is --damaged stop now."],
    ["a short option's old name", ["profile", "-a", "ssdlite"], "It is --network now."],
    [
      "the old name of another command's",
      ["classify", photo, "--mask", "x.png"],
      "Run with --help",
    ],
    ["a value out of range", ["detect", photo, "--score-threshold", "2"], "from 0 to 1"],
    [
      "a rate that is no number, before the data are looked for",
      ["train", "--data", "nowhere", "--out", "nowhere/model", "--learning-rate", "nan"],
      "bad value for --learning-rate: expected a number from",
    ],
    [
      "no epoch, before the data are looked for",
      ["train", "--data", "nowhere", "--out", "nowhere/model", "--epochs", "0"],
      "bad value for --epochs",
    ],
    [
      "a percentile below zero, before the model is looked for",
      [
        "quantize",
        "-m",
        "nowhere",
        "--images",
        "nowhere",
        "--out",
        "x.tflite",
        "--percentile",
        "-1",
      ],
      "bad value for --percentile",
    ],
    ["a format that nothing names", ["convert", "-m", "nsfw", "-o", "model"], "--to is missing"],
    [
      "a format, and the ending of another",
      ["convert", "-m", "nsfw", "--to", "onnx", "-o", "model.tflite"],
      "a file that ends in .onnx",
    ],
    [
      "an option of another format",
      ["convert", "-m", "nsfw", "-o", "model.tflite", "--opset", "13"],
      "takes no --opset. Leave it out, or convert --to onnx",
    ],
    [
      "boxes of a format that has none",
      ["convert", "-m", "nsfw", "-o", "model.safetensors", "--boxes", "decoded"],
      "takes no --boxes. Leave it out, or convert --to onnx or tflite",
    ],
    ["an operator set of the past", ["convert", "--opset", "8"], "bad value for --opset"],
    ["a fraction of a seed", ["experiment", "all", "--seed", "0.5"], "bad value for --seed"],
    ["a missing value", ["detect", photo, "--out"], "--out needs a value"],
    ["an image on the web", ["detect", "https://example.org/a.jpg"], "Download it first"],
    ["no image", ["classify"], "no image was named"],
    ["an unknown model", ["detect", photo, "-m", "ssdlite-cocoo"], "Did you mean ssdlite-coco?"],
    ["a model of another task", ["detect", photo, "-m", "nsfw"], "mobilenetv2 classify"],
    ["an output over an input", ["detect", photo, "--out", photo], "overwrite an input image"],
    ["one output for many", ["detect", "examples/images", "--out", "x.png"], "Give a folder"],
    ["an output that is no PNG", ["segment", photo, "--class-map", "x.jpg"], "PNG files only"],
    ["an unknown action", ["models", "pul"], "Did you mean pull?"],
    ["an action without a name", ["models", "pull"], "needs a name"],
    ["an unknown experiment", ["experiment", "manifod"], "Did you mean manifold?"],
    ["all experiments and one", ["experiment", "all", "manifold"], "all stands alone"],
    ["an argument where none belongs", ["profile", "ssdlite-coco"], "--model ssdlite-coco"],
    ["an option of another network", ["profile", "-n", "ssdlite", "--aspp"], "has no --aspp"],
    [
      "more networks than a table has room for",
      ["profile", "-w", Array(11).fill("1").join(), "-r", Array(10).fill("32").join()],
      "at most 100",
    ],
    ["a bad one of several widths", ["profile", "-w", "0.5,x"], "bad value for --width"],
    ["two forms of a profile", ["profile", "--json", "--format", "csv"], "are two forms"],
    ["a table for people in a file", ["profile", "--save", "x.txt"], "--save writes csv or svg"],
    [
      "another block where there is none",
      ["profile", "-n", "mobilenet-v1", "--shortcut", "none"],
      "mobilenet-v1 has no --shortcut",
    ],
    [
      "shortcuts between expansions that are not there",
      ["profile", "--shortcut", "expansion", "--expansion", "1"],
      "there are no expansions to join",
    ],
    ["blocks of a model", ["profile", "-m", "nsfw", "--nonlinear"], "--nonlinear cannot change it"],
    ["a model's blocks", ["benchmark", "-m", "nsfw", "--expansion", "4"], "cannot change it"],
  ])("exits with 2 and one line for %s", async (_, args, remedy) => {
    const { code, stdout, stderr } = await mobilenetv2(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^mobilenetv2: error: [^\n]+\n$/);
    expect(stderr).toContain(remedy);
  });

  it("shows a stack trace only where it is asked for", async () => {
    const quiet = await mobilenetv2(["quit"]);
    const debug = await mobilenetv2(["quit"], { environment: { MOBILENETV2_DEBUG: "1" } });
    expect(quiet.stderr).not.toMatch(/^\s+at /m);
    expect(debug.stderr).toMatch(/^\s+at /m);
  });

  it("exits with 1 where standard output cannot be written", async ({ skip }) => {
    skip(!existsSync("/dev/full"), "there is no /dev/full here");
    const { code, stderr } = await mobilenetv2(["profile"], { stdout: openSync("/dev/full", "w") });
    expect(code).toBe(1);
    expect(stderr).toContain("standard output cannot be written");
  });
});

describe("profile", () => {
  it("counts the paper's 300 M multiply-adds and 3.5 M parameters as one JSON document", async () => {
    const { code, stdout, stderr } = await mobilenetv2(["profile", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const profile = JSON.parse(stdout);
    // Table 4: 300 M and 3.4 M; the published checkpoint has 3.5 M.
    expect(profile.multiplyAdds / 1e6).toBeCloseTo(300, -1);
    expect(profile.parameters / 1e6).toBeCloseTo(3.5, 1);
    expect(profile.peakActivationBytes.fused).toBeLessThan(profile.peakActivationBytes.unfused);
    const sum = (key: string): number =>
      profile.layers.reduce(
        (total: number, layer: Record<string, number>) => total + layer[key]!,
        0,
      );
    expect(sum("multiplyAdds")).toBe(profile.multiplyAdds);
    expect(sum("parameters")).toBe(profile.parameters);
  });

  it("builds the variant that the options ask for and shows its totals to people", async () => {
    const args = "profile --width 0.5 --resolution 160 --classes 10 --output-stride 16".split(" ");
    const { code, stdout } = await mobilenetv2(args);
    const cost = countCost(
      mobilenetV2({ width: 0.5, resolution: 160, classes: 10, outputStride: 16 }),
    );
    expect(code).toBe(0);
    expect(stdout).toContain(cost.multiplyAdds.toLocaleString("en-US"));
    expect(stdout).toContain(cost.parameters.toLocaleString("en-US"));
    const totals = await mobilenetv2([...args, "--quiet"]);
    expect(totals.code).toBe(0);
    expect(totals.stdout).toContain(cost.parameters.toLocaleString("en-US"));
    expect(totals.stdout.split("\n").length).toBeLessThan(10);
    expect(stdout.endsWith(totals.stdout.slice(totals.stdout.indexOf("total")))).toBe(true);
  });

  it("groups by block and takes several widths and resolutions", async () => {
    const args = "profile -w 0.35,0.5 -r 64,96x128 --by block --json".split(" ");
    const { by, networks } = JSON.parse((await mobilenetv2(args)).stdout);
    expect(by).toBe("block");
    const sizes = networks.map((one: Record<string, unknown>) => [one["width"], one["resolution"]]);
    expect(sizes).toEqual([
      ...[
        [0.35, [64, 64]],
        [0.35, [96, 128]],
        [0.5, [64, 64]],
        [0.5, [96, 128]],
      ],
    ]);
    for (const { multiplyAdds, rows } of networks) {
      const sum = rows.reduce((all: number, row: typeof networks) => all + row.multiplyAdds, 0);
      expect(sum).toBe(multiplyAdds);
    }
  });

  it.each(["mobilenet-v1", "ssdlite", "deeplabv3"])("knows %s", async (network) => {
    const { code, stdout } = await mobilenetv2(["profile", "-n", network, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).multiplyAdds).toBeGreaterThan(1e8);
  });
});
