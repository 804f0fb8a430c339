import { describe, expect, it } from "vitest";
import { loadNpmOptions } from "./npm-options-node.ts";

describe("loadNpmOptions", () => {
  it("reads the settings of an environment", async () => {
    const env = { ...process.env, npm_config_registry: "https://registry.example.org/" };
    expect((await loadNpmOptions(env))["registry"]).toBe("https://registry.example.org/");
  });

  it("leaves the environment as it is, the process's own too", async () => {
    const { HOME, PATH, TEMP } = process.env;
    const env = { HOME, PATH, TEMP, npm_config_registry: "https://registry.example.org/" };
    const before = { ...env };
    await loadNpmOptions(env);
    expect(env).toEqual(before);
    const ours = { ...process.env };
    await loadNpmOptions();
    expect({ ...process.env }).toEqual(ours);
  });
});
