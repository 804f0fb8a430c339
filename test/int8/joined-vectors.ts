/**
 * Where the engine can join neighbouring vectors, it does so in this process from the start, and in each
 * kernel once it was called, so that the turbo kernels are compared as they run in earnest. Not so where
 * V8 14 or later has exact dot products before it (exact-dots.ts), over which it ends the process.
 */
import v8 from "node:v8";
import { hasUnsignedDots } from "../../src/backends/wasm/int8/probe.ts";

const [major = 0] = process.versions.v8.split(".").map(Number);
if (major === 13 || (major > 13 && hasUnsignedDots())) {
  v8.setFlagsFromString("--experimental-wasm-revectorize");
  v8.setFlagsFromString("--wasm-sync-tier-up");
  v8.setFlagsFromString("--wasm-tiering-budget=1");
}
