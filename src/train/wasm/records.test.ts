/** The records of training passes: every field that the kernels read is written, by somebody. */
import { expect, it, vi } from "vitest";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { planTraining } from "../plan.ts";
import { createWasmNetwork } from "./network.ts";
import { records } from "./records.generated.ts";

const written = vi.hoisted(() => new Set<string>());

vi.mock("../../backends/wasm/record.ts", async (original) => {
  const module = await original<typeof import("../../backends/wasm/record.ts")>();
  const writeFields: typeof module.writeFields = (...given) => {
    const [, , name, , values] = given;
    for (const field of Object.keys(values)) written.add(`${name}.${field}`);
    module.writeFields(...given);
  };
  return { ...module, writeFields };
});

/** What threads write themselves: whole records, their memory in a unit, counts and what they are at. */
const kernelsOwn = [
  /^Pointwise\./,
  /^Ring\./,
  /^Unit\.(tile|blockX|blockZ)$/,
  /^Team\.(state|step|done|sleepers|failed)$/,
  /^Worker\.busy$/,
];

it("every field of the training kernels' records is written", async () => {
  const plan = planTraining(mobilenetV2({ width: 0.35, resolution: 40, classes: 5 }));
  const network = await createWasmNetwork(plan, { batch: 2 });
  network.backward(network.forward(2, { training: true }));
  network.dispose();
  const read = Object.entries(records.classes)
    .flatMap(([name, { fields }]) =>
      fields.filter((field) => field !== "").map((field) => `${name}.${field}`),
    )
    .filter((field) => !kernelsOwn.some((own) => own.test(field)));
  expect([...written].sort()).toEqual(read.sort());
});
