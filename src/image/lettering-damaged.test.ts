/** Labels where the font's file is damaged: the system's fonts step in, or the error says what it is. */
import { expect, test, vi } from "vitest";
import { Lettering } from "./lettering-node.ts";
import { hasSystemFont } from "./system-text-node.ts";

vi.mock("./font-node.ts", () => ({
  labelFont: () => Promise.reject(new RangeError("a part lies outside its font table")),
}));
vi.mock("./system-text-node.ts", { spy: true });

test("a damaged font is passed over where the system has one", async () => {
  vi.mocked(hasSystemFont).mockResolvedValueOnce(true);
  expect(await Lettering.load()).toBeInstanceOf(Lettering);
});

test("a damaged font is named where there is no other", async () => {
  vi.mocked(hasSystemFont).mockResolvedValueOnce(false);
  await expect(Lettering.load()).rejects.toMatchObject({
    code: "missing-dependency",
    received: expect.stringMatching(/outside its font table/),
  });
});
