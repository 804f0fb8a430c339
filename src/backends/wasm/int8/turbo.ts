/**
 * Bytes in turbo's wider tiles (see ../turbo.ts): the ordinary layouts and weights, and kernels that an
 * engine runs about 1.5 times as fast once it joins neighbouring vectors. They are tried, bit for bit,
 * when the first 8-bit model is loaded after turbo was turned on.
 */
import { describeError } from "../../../errors.ts";
import { nodeModule } from "../host.ts";
import { moduleCompiler } from "../module.ts";
import { joinFlags } from "../turbo.ts";
import { bytes } from "./bytes.ts";
import { kernels, memoryFlagAt } from "./kernels-turbo.generated.ts";
import { storages } from "./storage.ts";
import { differenceBetween } from "./turbo-check.ts";
import type { Variant } from "./variant.ts";

/** The variant with relaxed SIMD in wider tiles. */
export const turboBytes: Variant = {
  ...bytes,
  ...storages.turbo,
  engine: "wasm turbo relaxed simd int8",
  compile: /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt),
};

let checked: Promise<Variant> | undefined;

/**
 * The turbo kernels where they are right here, else the ordinary ones, whose description says why: in
 * the memory that programs were planned for while turbo was on.
 */
export function checkedTurbo(): Promise<Variant> {
  checked ??= refused().then((reason) =>
    reason === undefined
      ? turboBytes
      : { ...bytes, ...storages.turbo, engine: `${bytes.engine} (turbo is off: ${reason})` },
  );
  return checked;
}

interface NodeV8 {
  setFlagsFromString(flags: string): void;
}

/** Why the kernels may not be used. */
async function refused(): Promise<string | undefined> {
  const v8 = nodeModule<NodeV8>("node:v8");
  // Every kernel that is called for the first time is compiled by the one compiler that joins vectors.
  v8?.setFlagsFromString("--no-liftoff");
  try {
    return await differenceBetween(bytes, turboBytes, (flag) => v8?.setFlagsFromString(flag));
  } catch (error) {
    return describeError(error);
  } finally {
    // Float32 networks go on with theirs.
    v8?.setFlagsFromString(joinFlags.on);
    v8?.setFlagsFromString("--liftoff");
  }
}
