import { describe, expect, it } from "vitest";
import type { StepEvent } from "../../train/train-options.ts";
import { dress } from "../terminal.ts";
import { createTrainStatus, type StatusOptions } from "./status.ts";

const event: StepEvent = {
  kind: "step",
  epoch: 1,
  epochs: 2,
  step: 1,
  steps: 4,
  loss: 1.5,
  accuracy: 0.25,
  learningRate: 0.1,
  samples: 32,
};

/** A writer that collects, and a clock that is set. */
function stage(interactive: boolean, options: StatusOptions = {}) {
  const written: string[] = [];
  let time = 0;
  const writer = {
    write: (text: string) => void written.push(dress(text)),
    interactive,
    width: 100,
  };
  const status = createTrainStatus(writer, { ...options, now: () => time });
  const step = (at: number, changes: Partial<StepEvent> = {}): void => {
    time = at;
    status.step({ ...event, ...changes });
  };
  return { written, step, clear: () => status.clear() };
}

describe("the status of a run", () => {
  it("redraws one line where a person looks, and removes it", () => {
    const { written, step, clear } = stage(true);
    step(2000);
    step(2010, { step: 2 });
    // Of 8 steps 3 are over in 6 seconds: 5 take 10. The rate is of the two after the first: 64 in 4 s.
    step(6000, { step: 3, accuracy: 0.5 });
    clear();
    clear();
    expect(written).toHaveLength(3);
    const start = "\r\x1b[K";
    expect(written[0]).toBe(
      `${start}███░░░░░░░  epoch 1 of 2, 14 s left: loss 1.500, 25.0 % right`,
    );
    expect(written[1]).toBe(
      `${start}████████░░  epoch 1 of 2, 10 s left: loss 1.500, 50.0 % right, 16 images/s`,
    );
    expect(written[2]).toBe("\r\x1b[K");
  });

  it("writes a line now and then into a log", () => {
    const { written, step, clear } = stage(false);
    step(1000);
    step(20_000, { step: 2 });
    step(21_000, { step: 3 });
    // 4 steps took 160 s, of 8: 4 more take as long.
    step(160_000, { step: 4 });
    clear();
    expect(written).toEqual([
      "epoch 1 of 2, step 2 of 4: loss 1.500, 25.0 % right, 2 images/s, 1 min 0 s left\n",
      "epoch 1 of 2, step 4 of 4: loss 1.500, 25.0 % right, 1 images/s, 2 min 40 s left\n",
    ]);
  });

  it("knows that epochs take less time once frozen features are kept", () => {
    const { written, step } = stage(true, { keptAfter: 1, keptShare: 0.25 });
    // An epoch of four steps takes 4 s, each of the three after it a quarter.
    for (let i = 1; i <= 4; i++) step(i * 1000, { epochs: 4, step: i });
    expect(written.at(-1)).toContain("3 s left");
    // It takes half as long in truth: what is seen counts.
    step(4500, { epochs: 4, epoch: 2, step: 1 });
    expect(written.at(-1)).toContain("6 s left");
  });

  it("does not count what lies between epochs as slow steps", () => {
    const { written, step } = stage(true);
    step(1000, { epoch: 1, step: 4 });
    step(61_000, { epoch: 2, step: 1 });
    step(62_000, { epoch: 2, step: 2 });
    expect(written.at(-1)).toContain("32 images/s");
  });
});
