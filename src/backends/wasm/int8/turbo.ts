/**
 * Bytes in turbo's wider tiles (see ../turbo.ts): the ordinary layouts and weights, and kernels that an
 * engine runs about 1.5 times as fast once it joins neighbouring vectors. They are tried, bit for bit,
 * when the first 8-bit model is loaded after turbo was turned on.
 */
import { describeError } from "../../../errors.ts";
import { nodeModule } from "../host.ts";
import { moduleCompiler } from "../module.ts";
import { refuseTurbo } from "../turbo.ts";
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
  checked ??= tryTurbo();
  return checked;
}

async function tryTurbo(): Promise<Variant> {
  const v8 = nodeModule<{ setFlagsFromString(flags: string): void }>("node:v8");
  const setFlag = (flag: string): void => v8?.setFlagsFromString(flag);
  const reason = await differenceBetween(bytes, turboBytes, setFlag).catch(describeError);
  if (reason === undefined) return turboBytes;
  refuseTurbo("int8", reason);
  return { ...bytes, ...storages.turbo, engine: `${bytes.engine} (turbo is off: ${reason})` };
}
