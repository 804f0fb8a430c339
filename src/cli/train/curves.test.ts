import { expect, it } from "vitest";
import { drawCurves } from "./curves.ts";

it("of epochs that are equally right the curves name the one that training keeps: of the lower loss", () => {
  const losses = [0.9, 0.4, 0.6];
  const epochs = losses.map((validationLoss, i) => ({
    ...{ epoch: i + 1, steps: 1, trainingLoss: 1, trainingAccuracy: 0.5, learningRate: 0.1 },
    ...{ seconds: 1, validationLoss, validationAccuracy: 0.75 },
  }));
  expect(drawCurves(epochs as never, "model")).toContain("best epoch 2 of 3");
});
