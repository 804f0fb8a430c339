/** Tensors that give no values: what they throw becomes the library's own error. */
import { expect, it } from "vitest";
import { pictureOf } from "./library.ts";

const cause = new Error("Tensor is disposed.");
it.each([
  [
    "throws",
    () => {
      throw cause;
    },
  ],
  ["rejects", () => Promise.reject(cause)],
])("a tensor whose data() %s is no picture", async (_, data) => {
  await expect(pictureOf({ shape: [1, 1, 3], data })).rejects.toMatchObject({
    ...{ name: "MobileNetError", code: "invalid-image", cause },
    message: expect.stringContaining("Tensor is disposed."),
  });
});

it.each([undefined, null, 5, {}, "abc"])(
  "a tensor whose data() gives %o is none",
  async (given) => {
    const data = async (): Promise<never> => given as never;
    await expect(pictureOf({ shape: [1, 1, 3], data })).rejects.toMatchObject({
      ...{ name: "MobileNetError", code: "invalid-image" },
    });
  },
);
