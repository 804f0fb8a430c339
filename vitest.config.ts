import { defineConfig, type ViteUserConfigFnObject } from "vitest/config";

/** `vitest run --mode long` runs the long forms of tests too: matrices, fuzzing, killed processes. */
const config: ViteUserConfigFnObject = defineConfig(({ mode }) => ({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    env: mode === "long" ? { LONG: "1", PARITY: "all" } : {},
    testTimeout: mode === "long" ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
  },
}));

export default config;
