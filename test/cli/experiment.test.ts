/** The command `experiment`: interrupted and gone on with, kept from being mixed up, drawn without a run. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mobilenetv2 } from "./program.ts";

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "experiment-"));
  await mobilenetv2(["--version"]); // builds
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, "results/manifold.json");
const parts = (): readonly { readonly name: string }[] =>
  existsSync(file()) ? JSON.parse(readFileSync(file(), "utf8")).parts : [];

it("is interrupted, goes on, and is told anew without a run", { timeout: 240_000 }, async ({
  skip,
}) => {
  skip(process.platform === "win32", "there are no signals here");
  const call = ["experiment", "manifold", "--quick", "--out", folder];
  let watch: NodeJS.Timeout | undefined;
  const stopped = await mobilenetv2(call, {
    onStart: (kill) => {
      watch = setInterval(() => {
        if (parts().length < 3) return;
        clearInterval(watch);
        kill("SIGINT");
      }, 10);
    },
  });
  clearInterval(watch);
  expect(stopped).toMatchObject({ code: 130, stdout: "" });
  const kept = parts();
  expect(kept.length).toBeGreaterThanOrEqual(3);
  expect(readdirSync(join(folder, "results"))).toEqual(["manifold.json"]);

  const listed = await mobilenetv2(["experiment", "--out", folder]);
  expect(listed.stdout).toContain(`${kept.length} of `);
  expect(listed.stdout).toContain("What ReLU leaves of a manifold");
  expect(listed.stdout).toMatch(/--quick runs one in seconds.*\nhours take low-precision, /);

  const again = await mobilenetv2([...call, "--json"]);
  expect(again.code).toBe(0);
  const { experiments, report } = JSON.parse(again.stdout);
  const [{ ran, finished, parts: all, figures, results }] = experiments;
  expect([ran, finished]).toEqual([all - kept.length, all]);
  expect(parts().slice(0, kept.length)).toEqual(kept);
  expect(results).toBe(file());

  const files = [report, ...figures];
  const texts = files.map((path) => readFileSync(path, "utf8"));
  for (const path of files) rmSync(path);
  const told = await mobilenetv2(["experiment", "report", "--out", folder]);
  expect(told).toMatchObject({ code: 0, stderr: "" });
  expect(files.map((path) => readFileSync(path, "utf8"))).toEqual(texts);
  // Neither place nor owner of the machine is anybody's business.
  expect(readFileSync(file(), "utf8") + texts.join("")).not.toContain(folder);

  const other = await mobilenetv2([...call, "--seed", "2"]);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain("it is of the seed 1. Name another folder with --out");
  expect(parts()).toHaveLength(all);
});

it("says which parts found no pictures, and refuses a --data that is none", {
  timeout: 240_000,
}, async () => {
  const own = join(folder, "pictures");
  const call = ["experiment", "trade-offs", "--quick", "--out", own, "--data"];
  const refused = await mobilenetv2([...call, join(folder, "nowhere")]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("--data is no folder");
  expect(existsSync(own)).toBe(false);
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const done = await mobilenetv2([...call, empty]);
  expect(done.code).toBe(0);
  expect(done.stderr).toContain(
    "note: trade-offs: classified, detected found no pictures; the report",
  );
  expect((await mobilenetv2([...call, empty, "--quiet"])).stderr).toBe("");
});

it("finds out before it runs anything what it could not end with", {
  timeout: 240_000,
}, async () => {
  const own = join(folder, "damaged");
  mkdirSync(join(own, "results"), { recursive: true });
  writeFileSync(join(own, "results/memory.json"), "{");
  const call = ["experiment", "blocks", "--quick", "--out", own];
  const refused = await mobilenetv2(call);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("memory.json");
  expect(readdirSync(own)).toEqual(["results"]);
  expect(readdirSync(join(own, "results"))).toEqual(["memory.json"]);

  rmSync(join(own, "results/memory.json"));
  // What another machine's run has put there.
  const claim = ".mobilenetv2-hold-00000000-1-1-abcdef.held";
  writeFileSync(join(own, claim), "");
  const held = await mobilenetv2(call);
  expect(held.code).toBe(2);
  expect(held.stderr).toContain(claim);
  rmSync(join(own, claim));
  expect((await mobilenetv2(call)).code).toBe(0);
  expect(readdirSync(own).filter((name) => name.startsWith("."))).toEqual([]);
});
