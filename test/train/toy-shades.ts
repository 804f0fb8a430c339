/** Dark and bright pictures with noise from a seed. */
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import { Random } from "../../src/random.ts";

/** A data set of two classes. */
export function shadeData(training: number, validation: number, edge = 32): DataSet {
  const some = (from: number, count: number): Pictures => ({
    count,
    name: (index) => `shade ${from + index}`,
    label: (index) => index % 2,
    picture: async (index) => {
      const random = new Random(47, from + index);
      const data = new Uint8Array(edge * edge * 3);
      for (let i = 0; i < data.length; i++) data[i] = 60 + 80 * (index % 2) + random.integer(60);
      return { width: edge, height: edge, data };
    },
  });
  return {
    name: "shades",
    classes: ["dark", "bright"],
    training: some(0, training),
    validation: some(training, validation),
  };
}
