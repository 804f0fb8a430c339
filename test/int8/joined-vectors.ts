/**
 * Where the engine can join neighbouring vectors, it does so in this process from the start, so that the
 * turbo kernels are compared as they run in earnest.
 */
import v8 from "node:v8";

const [major = 0] = process.versions.v8.split(".").map(Number);
if (major >= 13) {
  v8.setFlagsFromString("--experimental-wasm-revectorize");
  v8.setFlagsFromString("--no-liftoff");
}
