/** What the parts of a module that was saved whole say of themselves: it counts, or is refused by name. */
import { describe, expect, it } from "vitest";
import { moduleFacts } from "../../src/formats/pytorch/module-facts.ts";
import { Import, Inert } from "../../src/formats/pytorch/pickle.ts";

type Part = readonly [className: string, fields: Readonly<Record<string, unknown>>];

/** The facts of a module with these parts. */
function factsOf(...parts: readonly Part[]) {
  const made = (module: string, [name, fields]: Part): Inert => {
    const part = new Inert(new Import(module, name), []);
    part.state = new Map(Object.entries(fields));
    return part;
  };
  const root = ["", made("torchvision.models.mobilenetv2", ["MobileNetV2", {}])] as const;
  const named = parts.map((part, i) => [`features.${i}`, made("torch.nn.modules", part)] as const);
  return moduleFacts(new Map([root, ...named]), "whole.pt");
}

const conv = (fields: Readonly<Record<string, unknown>> = {}): Part => [
  "Conv2d",
  { kernel_size: [3, 3], stride: [1, 1], padding: [1, 1], padding_mode: "zeros", ...fields },
];
const norm = (eps: unknown): Part => ["BatchNorm2d", { eps }];

describe("a whole module", () => {
  it("says its batch norms' ε", () => {
    expect(factsOf(conv(), norm(1e-3), norm(1e-3)).epsilon).toBe(1e-3);
    expect(factsOf(conv()).epsilon).toBeUndefined();
    // Compiled modules keep no such fields.
    expect(factsOf(["Conv2d", {}], ["BatchNorm2d", {}]).epsilon).toBeUndefined();
    expect(() => factsOf(norm(1e-3), norm(1e-2))).toThrow(
      /features\.1: .*expected eps 0\.001, received 0\.01/,
    );
    expect(() => factsOf(norm("small"))).toThrow(/features\.0: .*expected eps.*"small"/);
  });

  it.each([
    [{ padding_mode: "reflect" }, /padding_mode zeros, received "reflect"/],
    [{ padding: [1, 0] }, /expected padding 1, received \[1, 0\]/],
    [{ padding: "valid" }, /expected padding 1, received "valid"/],
    [{ dilation: [1, 2] }, /expected dilation 1, received \[1, 2\]/],
    [{ stride: [2, 1] }, /expected one stride.*\[2, 1\]/],
  ])("is refused by what its convolutions say: %j", (fields, message) => {
    expect(() => factsOf(conv(fields))).toThrow(message);
  });

  it("may pad by the name of what it pads for", () => {
    expect(() => factsOf(conv({ padding: "same" }))).not.toThrow();
    const pixel = { kernel_size: [1, 1], padding: "valid" };
    expect(() => factsOf(conv(pixel))).not.toThrow();
  });
});
